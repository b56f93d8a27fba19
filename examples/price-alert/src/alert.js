// Looks up a price and mails whoever waits for it to fall. Hosts are hard-coded, and this knows nothing of tests.

import nodemailer from 'nodemailer'

const transport = nodemailer.createTransport({
  host: 'smtp.gmail.com',
  port: 465,
  secure: true,
  auth: { user: 'ada', pass: 'lovelace' },
})

/** Whether a mail was sent. */
export async function alert({ title, below, email }) {
  const response = await fetch(`https://prices.example/${encodeURIComponent(title)}`)
  if (!response.ok) throw new Error(`no price for ${title}: ${response.status}`)
  const { price } = await response.json()
  if (price >= below) return false
  await transport.sendMail({ from: 'ada@gmail.com', to: email, subject: `${title} is at ${price}`, text: 'Now.' })
  return true
}
