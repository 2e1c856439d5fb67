import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** The paths of the console's pages: all are one document, which shows what its URL names. */
export const CONSOLE_PATHS = ['/', '/connections/new', '/connections/:id', '/try-it', '/limits', '/audit'];

/** Allows the console's own files and its calls to this gateway: nothing inline, nothing foreign, no frame. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The codings in which the build keeps each file beside the file, the smaller first. */
const CODINGS = [
  { coding: 'br', suffix: '.br' },
  { coding: 'gzip', suffix: '.gz' },
] as const;

/** Whether a directory holds a built console. */
export function isConsole(directory: string): boolean {
  return existsSync(join(directory, 'assets'));
}

/**
 * Serves the console that the build left in `directory`: its document at each page's path, and its files, whose names change
 * with their content, for good. Files are read when they are first asked for.
 */
export function registerConsole(
  server: FastifyInstance,
  { directory, publicUrl }: { readonly directory: string; readonly publicUrl: () => string },
): void {
  const assets = join(directory, 'assets');
  const names = new Set(readdirSync(assets));
  const read = rememberReads();
  for (const path of CONSOLE_PATHS) {
    server.get(path, async (_request, reply) => {
      const document = (await read(join(directory, 'index.html'))).toString();
      return reply
        .header('content-security-policy', CONTENT_SECURITY_POLICY)
        .header('referrer-policy', 'no-referrer')
        .header('x-content-type-options', 'nosniff')
        .type('text/html; charset=utf-8')
        .send(document.replace('<base href="/">', `<base href="${basePathOf(publicUrl())}">`));
    });
  }
  server.get('/assets/:name', async (request, reply) => {
    const { name } = request.params as { name: string };
    const type = TYPES[extname(name)];
    if (!names.has(name) || type === undefined) return reply.callNotFound();
    const encoded = CODINGS.find(({ coding, suffix }) => names.has(name + suffix) && accepts(request, coding));
    if (encoded !== undefined) reply.header('content-encoding', encoded.coding);
    return immutable(reply)
      .type(type)
      .send(await read(join(assets, name + (encoded?.suffix ?? ''))));
  });
}

/** RFC 8246: the file of this name never changes. */
function immutable(reply: FastifyReply): FastifyReply {
  return reply
    .header('cache-control', 'public, max-age=31536000, immutable')
    .header('vary', 'accept-encoding')
    .header('x-content-type-options', 'nosniff');
}

/** RFC 9110 section 12.5.3: a coding of weight 0 is refused. */
function accepts({ headers }: FastifyRequest, coding: string): boolean {
  const named = String(headers['accept-encoding'] ?? '')
    .toLowerCase()
    .split(',')
    .map((each) => each.trim().split(/\s*;\s*q=/));
  return named.some(([name, weight = '1']) => name === coding && Number(weight) > 0);
}

/** The path, with a slash at its end, under which browsers see the gateway. */
function basePathOf(publicUrl: string): string {
  return `${new URL(publicUrl).pathname.replace(/\/$/, '')}/`;
}

function rememberReads(): (path: string) => Promise<Buffer> {
  const known = new Map<string, Buffer>();
  return async (path) => {
    const content = known.get(path) ?? (await readFile(path));
    known.set(path, content);
    return content;
  };
}
