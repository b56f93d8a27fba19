// www.gmail.com, mail.google.com and accounts.google.com: from the short name to the page where one logs in.

import { escaped, html, page, redirect } from './page.ts'

const mail = 'https://mail.google.com/mail/'
const login = `https://accounts.google.com/ServiceLogin?service=mail&passive=true&rm=false&continue=${encodeURIComponent(mail)}`

export default function gmail(request: Request): Response | undefined {
  const { hostname, pathname, searchParams } = new URL(request.url)
  if (hostname === 'accounts.google.com') {
    if (pathname !== '/ServiceLogin') return undefined
    const goal = escaped(searchParams.get('continue') ?? mail)
    return html(
      page(
        'Gmail',
        `<h1>One account, all of the yard</h1>
<form action="/ServiceLoginAuth" method="post">
<input type="hidden" name="continue" value="${goal}">
<input type="email" name="Email"> <input type="password" name="Passwd"> <input type="submit" value="Sign in">
</form>`,
      ),
    )
  }
  if (hostname === 'mail.google.com') return pathname.startsWith('/mail') ? redirect(login) : redirect(mail)
  return redirect(mail)
}
