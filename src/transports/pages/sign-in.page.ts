import { createHash } from 'node:crypto';
import type { User, UserRole } from '../../domain/principal.js';

/** The console's look, for pages that come before it. */
const STYLE =
  ':root{color-scheme:light dark}' +
  'body{font:16px/1.5 system-ui,sans-serif;margin:0;background:light-dark(#f7f8fa,#14171c);color:light-dark(#191d24,#e9ecf1)}' +
  'main{max-width:32rem;margin:10vh auto;padding:2rem;background:light-dark(#fff,#1c2027);border:1px solid light-dark(#d5d9e0,#3a414d);border-radius:8px}' +
  'h1{font-size:1.6rem;line-height:1.25;margin:0 0 1rem}' +
  'button,.button{font:inherit;font-weight:600;display:inline-block;padding:.5rem 1.5rem;border:0;border-radius:8px;text-decoration:none;background:light-dark(#1d4ed8,#8db4ff);color:light-dark(#fff,#0d1526)}' +
  'code{white-space:nowrap}@media(max-width:36rem){main{margin:0;border:0;min-height:100vh}code{white-space:normal}}';

/** Allows our own style and forms to our own origin: no script, foreign resource or frame. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** A form without an action posts to the page's own URL, which holds the code and any proxy prefix. */
export function offerPage(principal: User): string {
  return page(
    'Sign in to Latchkey',
    `${describe(principal)}
<form method="post"><button autofocus>Sign in</button></form>
<p>The link works once, within 15 minutes.</p>`,
  );
}

export function expiredPage(): string {
  return page(
    'This link is used up or has expired',
    '<p>Make a new one on the machine that runs Latchkey: <code>npm run --silent latchkey -- sign-in</code></p><p>Where you are signed in already: <a class="button" href="./">go to the console</a></p>',
  );
}

export function foreignPage(): string {
  return page(
    'Another site wanted to sign you in',
    '<p>Nobody is signed in. If the link is yours, open it in the address bar and press its button.</p>',
  );
}

const ROLE_NAMES: Record<UserRole, string> = { SUPER_ADMIN: 'super admin', ADMIN: 'admin' };

function describe({ subject, role, organizationId }: User): string {
  return `<p>You sign in as <strong>${escapeHtml(subject)}</strong>, ${ROLE_NAMES[role]} of the organisation <strong>${escapeHtml(organizationId)}</strong>.</p>`;
}

function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title} · Latchkey</title><style>${STYLE}</style></head>
<body><main><h1>${title}</h1>
${content}
</main></body>
</html>
`;
}

const HTML_ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => HTML_ENTITIES[character] as string);
}
