import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { SignedIn } from '../../domain/access/signed-in.js';
import { DomainError } from '../../domain/errors.js';
import { Secret } from '../../lib/secrets.js';

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem}' +
  'textarea{width:100%;font:14px/1.4 ui-monospace,monospace}dt{font-weight:600}dd{margin:0 0 .5rem}';

/** No script, no foreign resource, no frame, and the one style that is ours. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * The page that a one-time sign-in link opens. The code stands in the URL as an OAuth authorization code does
 * (RFC 6749 section 4.1.2): short-lived and spent by the first request, so that what a history keeps opens nothing.
 */
export function registerSignInRoute(
  server: FastifyInstance,
  options: { path: string; redeem: (code: Secret) => Promise<SignedIn>; sandboxPath: string | undefined },
): void {
  // A HEAD request, as link checkers send, must not spend the code.
  server.get(options.path, { exposeHeadRoute: false }, async (request, reply) => {
    const { code } = request.query as { code?: unknown };
    reply
      .header('content-security-policy', CONTENT_SECURITY_POLICY)
      .header('referrer-policy', 'no-referrer')
      .header('x-content-type-options', 'nosniff')
      .type('text/html; charset=utf-8');
    try {
      const signedIn = await options.redeem(new Secret(typeof code === 'string' ? code : ''));
      return reply.send(signedInPage(signedIn, options.sandboxPath));
    } catch (error) {
      if (!(error instanceof DomainError) || error.category !== 'unauthenticated') throw error;
      return reply.code(401).send(expiredPage());
    }
  });
}

function signedInPage({ principal, bearer, bearerLifetimeMs }: SignedIn, sandboxPath: string | undefined): string {
  const minutes = Math.round(bearerLifetimeMs / 60_000);
  const sandbox =
    sandboxPath === undefined
      ? '<p>Sandbox is switched off here. Send the bearer as <code>Authorization: Bearer …</code> to <code>/graphql</code>.</p>'
      : `<p><a href="${sandboxPath}">Open Sandbox</a> and paste the bearer as the value of its environment variable <code>bearer</code>.</p>`;
  return page(
    'Signed in',
    `<dl>
<dt>Viewer</dt><dd>${escapeHtml(principal.id)}</dd>
<dt>Role</dt><dd>${principal.role}</dd>
<dt>Organisation</dt><dd>${escapeHtml(principal.organizationId)}</dd>
</dl>
<p><label for="bearer">Your bearer, good for ${minutes} minutes and shown this once:</label></p>
<textarea id="bearer" rows="5" readonly autofocus>${escapeHtml(bearer.reveal())}</textarea>
${sandbox}`,
  );
}

function expiredPage(): string {
  return page(
    'This link is used up or has expired',
    '<p>Make a new one on the machine that runs Latchkey: <code>npm run --silent latchkey -- sign-in</code></p>',
  );
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
