import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';

/** What a tenant can do instead of answering as the contract says. */
export type Misbehaviour =
  /** Answers well, but only after so long. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** Answers well, but not before this has come to pass. */
  | { readonly kind: 'wait'; readonly until: Promise<unknown> }
  /** Answers without an end: one byte of JSON's white space in each such time. */
  | { readonly kind: 'dribble'; readonly everyMs: number }
  /** Takes the request and never answers. */
  | { readonly kind: 'hang' }
  /** Ends the connection with an RST. */
  | { readonly kind: 'reset' }
  /** Says that the credentials are wrong, whatever they are. */
  | { readonly kind: 'unauthorized' }
  | { readonly kind: 'rateLimited'; readonly retryAfter?: string }
  /** Answers with this status and text. */
  | { readonly kind: 'status'; readonly status: number; readonly text?: string; readonly contentType?: string }
  /** Announces more bytes than it sends, then ends the connection. */
  | { readonly kind: 'truncated' }
  /** 10 MB of one JSON text, its length announced or not. */
  | { readonly kind: 'huge'; readonly isAnnounced: boolean }
  /** A few kilobytes that gunzip makes 10 MB of, asked for or not. */
  | { readonly kind: 'gzipBomb'; readonly status?: number }
  | { readonly kind: 'redirect'; readonly location: string; readonly status?: number };

const HUGE_JSON = `{"access_token":"${'a'.repeat(10_000_000)}"}`;
/** Made when it is first wanted: that takes a while. */
let gzipBomb: Buffer | undefined;
const JSON_TYPE = 'application/json;charset=UTF-8';

/** Whether that is all: after `slow` and `wait` the tenant answers as it would have. */
export async function misbehave(misbehaviour: Misbehaviour, response: ServerResponse): Promise<boolean> {
  switch (misbehaviour.kind) {
    case 'slow':
      await new Promise((resolve) => setTimeout(resolve, misbehaviour.ms).unref());
      return false;
    case 'wait':
      await misbehaviour.until;
      return false;
    case 'dribble':
      dribble(response, misbehaviour.everyMs);
      return true;
    case 'hang':
      return true;
    case 'reset':
      response.socket?.resetAndDestroy();
      return true;
    case 'unauthorized':
      send(response, 401, '{"requestId":"00000000-0000-4000-8000-000000000000","error":"unauthorized"}');
      return true;
    case 'rateLimited': {
      const { retryAfter } = misbehaviour;
      if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter);
      send(response, 429, '{"result":false,"errorCode":"GU_2400","errorDesc":"Too many request"}');
      return true;
    }
    case 'status':
      send(response, misbehaviour.status, misbehaviour.text ?? '', misbehaviour.contentType);
      return true;
    case 'redirect':
      response.setHeader('location', misbehaviour.location);
      send(response, misbehaviour.status ?? 302, '');
      return true;
    case 'truncated':
      response.writeHead(200, { 'content-type': JSON_TYPE, 'content-length': '200' });
      response.write('{"access_token":"cut', () => response.destroy());
      return true;
    case 'huge': {
      const length = misbehaviour.isAnnounced ? { 'content-length': HUGE_JSON.length } : {};
      response.writeHead(200, { 'content-type': JSON_TYPE, ...length }).end(HUGE_JSON);
      return true;
    }
    case 'gzipBomb':
      response.writeHead(misbehaviour.status ?? 200, { 'content-type': JSON_TYPE, 'content-encoding': 'gzip' });
      gzipBomb ??= gzipSync(HUGE_JSON);
      response.end(gzipBomb);
      return true;
  }
}

function send(response: ServerResponse, status: number, text: string, contentType = JSON_TYPE): void {
  response.writeHead(status, { 'content-type': contentType }).end(text);
}

/** The head and a good beginning come at once, the rest never. */
function dribble(response: ServerResponse, everyMs: number): void {
  response.writeHead(200, { 'content-type': JSON_TYPE }).write('{');
  const timer = setInterval(() => response.write(' '), everyMs);
  response.on('close', () => clearInterval(timer));
}
