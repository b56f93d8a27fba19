// Takes out of a tape what is secret and was not hidden when it was recorded: each turn is read by the protocol's form and,
// where there is a secret in it, written again. Everything else stays as it was.

import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { UsageError } from '../net/errors.ts'
import type { TapeForm, TapeValue, TapeWriting } from '../wire/tape.ts'
import { isPlaceholder } from '../wire/tape.ts'
import { formOf, located, textOf } from './script.ts'
import { eventText, saidText, TapeSink } from './sink.ts'
import type { TapeConversation } from './tape.ts'
import type { TapeFile } from './tape-file.ts'

export interface ScrubOptions {
  /** Where the clean tape goes: in place where it is the same file. */
  file: string
  /** Secrets by name: each is hidden wherever it stands in text. */
  secrets?: ReadonlyMap<string, string>
}

export interface Scrubbed {
  /** Turns in which something was hidden. */
  readonly turns: number
}

/** @throws {UsageError} where a turn cannot be read or the file cannot be written; the tape is then as it was. */
export function scrubTape(tape: TapeFile, forms: ReadonlyMap<string, TapeForm>, options: ScrubOptions): Scrubbed {
  const { epoch, ...header } = tape.header
  const sink = new TapeSink({ ...options, header, hosts: tape.hosts }, epoch)
  const keep = (name: string) => {
    sink.blobs.retain(name)
    if (sink.blobs.folder === tape.folder) return
    mkdirSync(sink.blobs.folder, { recursive: true })
    copyFileSync(join(tape.folder, name), join(sink.blobs.folder, name))
  }
  for (let at = 0; at < tape.length; at++) reservePlaceholders(tape.conversation(at), sink)
  let turns = 0
  for (let at = 0; at < tape.length; at++) {
    const conversation = tape.conversation(at)
    const entry = sink.journal.begin(conversation.service)
    const append = (text: string) => sink.journal.append(entry, text, { group: 0, fromClient: false })
    const hidden = hideSecrets(tape, conversation, formOf(forms, conversation.service, tape), sink)
    if (conversation.turns.length === 0) append('')
    for (const [index, turn] of conversation.turns.entries()) {
      if (turn.kind !== 'said') append(eventText(turn))
      else {
        const value = hidden.get(index)
        if (value !== undefined) turns++
        else for (const name of filesOf(turn.value)) keep(name)
        append(saidText(turn.from, value ?? turn.value))
      }
    }
  }
  if (!sink.journal.close()) throw new UsageError(`${tape.path}: expected a tape with conversations, got none`)
  sink.blobs.sweep()
  return { turns }
}

function reservePlaceholders({ turns }: TapeConversation, { secrets }: TapeSink): void {
  for (const turn of turns) {
    if (turn.kind !== 'said') continue
    for (const [, kind, number] of textOf(turn.value).matchAll(/‹secret:([a-z][a-z0-9-]*)(?::(\d{1,9}))?›/g)) {
      secrets.reserve(kind!, Number(number ?? 1))
    }
  }
}

/** The new values of the turns that hold secrets, by their place. */
function hideSecrets(
  tape: TapeFile,
  { service, turns }: TapeConversation,
  form: TapeForm,
  sink: TapeSink,
): Map<number, TapeValue> {
  const reader = form.reader(tape.reading, service.transport)
  const values = new Map<number, TapeValue>()
  for (const [index, turn] of turns.entries()) {
    if (turn.kind !== 'said') continue
    const { from, value, line } = turn
    const { message, body } = located(tape, line, () => reader.read(from, value))
    let found = false
    const writing = sink.writing(undefined)
    const watching: TapeWriting = {
      hide(kind, secret) {
        found ||= !isPlaceholder(secret)
        return writing.hide(kind, secret)
      },
      sweep(text) {
        const swept = writing.sweep(text)
        found ||= swept !== text
        return swept
      },
      body: (octets, type) => writing.body(octets, type),
    }
    const written = sink.value(form, message, body, watching)
    if (found || sink.secrets.knows(textOf(value))) values.set(index, written)
  }
  return values
}

/** Names of files beside the tape in a value. */
function filesOf(value: TapeValue): string[] {
  if (typeof value === 'string') return []
  return Object.entries(value).flatMap(([key, each]) =>
    key === 'file' && typeof each === 'string' ? [each] : filesOf(each as TapeValue),
  )
}
