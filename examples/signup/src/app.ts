// A sign-up service as many are: it looks whether an address can get mail, and sends a welcome. Hosts are hard-coded, and
// it knows nothing of tests.

import { promises as dns } from 'node:dns'
import express, { type Express } from 'express'
import nodemailer from 'nodemailer'

const transport = nodemailer.createTransport({
  host: 'smtp.gmail.com',
  port: 587,
  requireTLS: true,
  pool: true,
  auth: { user: 'ada', pass: process.env.MAIL_PASSWORD ?? 'lovelace' },
})

export function createApp(): Express {
  const app = express()
  app.use(express.json())

  app.post('/signup', async (request, response) => {
    const { name, email } = request.body ?? {}
    const domain = typeof email === 'string' ? email.split('@')[1] : undefined
    if (!name || !domain) {
      response.status(400).json({ error: 'name and email are required' })
      return
    }
    if (!(await takesMail(domain))) {
      response.status(400).json({ error: `${domain} takes no mail` })
      return
    }
    try {
      await transport.sendMail({
        from: 'The Shop <ada@gmail.com>',
        to: email,
        subject: `Welcome, ${name}`,
        text: `Hello ${name},\n\nyour account is ready.\n`,
      })
      response.status(201).json({ welcome: name })
    } catch (error) {
      const { responseCode } = error as { responseCode?: number }
      // 4yz may work later, 5yz will not.
      if (responseCode !== undefined && responseCode >= 500)
        response.status(400).json({ error: `${email} was refused` })
      else response.status(503).json({ error: 'mail cannot be sent at the moment, try again later' })
    }
  })

  return app
}

async function takesMail(domain: string): Promise<boolean> {
  try {
    const exchangers = await dns.resolveMx(domain)
    return exchangers.some(({ exchange }) => exchange !== '')
  } catch {
    return false
  }
}
