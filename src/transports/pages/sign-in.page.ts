import { createHash } from 'node:crypto';
import type { User } from '../../domain/principal.js';

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem}' +
  'dt{font-weight:600}dd{margin:0 0 .5rem}' +
  'button{font:inherit;padding:.5rem 1.5rem}';

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
    'Sign in',
    `${describe(principal)}
<form method="post"><button autofocus>Sign in</button></form>
<p>The link works once.</p>`,
  );
}

export function expiredPage(): string {
  return page(
    'This link is used up or has expired',
    '<p>Make a new one on the machine that runs Latchkey: <code>npm run --silent latchkey -- sign-in</code></p>',
  );
}

export function foreignPage(): string {
  return page(
    'Another site wanted to sign you in',
    '<p>Nobody is signed in. If the link is yours, open it in the address bar and press its button.</p>',
  );
}

function describe({ subject, role, organizationId }: User): string {
  return `<dl>
<dt>Viewer</dt><dd>${escapeHtml(subject)}</dd>
<dt>Role</dt><dd>${role}</dd>
<dt>Organisation</dt><dd>${escapeHtml(organizationId)}</dd>
</dl>`;
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
