import { z } from 'zod';
import { readCidr } from './domain/connections/cidr.js';
import { parseRedisUrl, type RedisAddress } from './stores/redis/address.js';

/** Kinds of settings: each reads its text, and words a refusal as the end of a sentence. */

export const flag = z.enum(['true', 'false'], 'must be true or false').transform((text) => text === 'true');

export function wholeNumber(unit: string, atLeast: number, atMost: number) {
  const message = `must be a whole number${unit} from ${atLeast} to ${atMost}`;
  return z
    .string()
    .regex(/^\d{1,10}$/, message)
    .transform(Number)
    .refine((value) => value >= atLeast && value <= atMost, message);
}

export const port = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a port number')
  .transform(Number)
  .refine((number) => number <= 65_535, 'must be a port number');

export const ratio = z
  .string()
  .regex(/^(?:0|1|[01]?\.\d{1,10})$/, 'must be a number from 0 to 1')
  .transform(Number)
  .refine((number) => number <= 1, 'must be a number from 0 to 1');

export const collectorUrl = z.url({ protocol: /^https?$/, error: 'must be the http or https URL of a collector' });

export const redisAddress = z.string().transform((url, context): RedisAddress => {
  try {
    return parseRedisUrl(url);
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message });
    return z.NEVER;
  }
});

/** Canonical CIDRs. */
export const cidrs = z.string().transform((text, context): string[] => {
  const read = wordsOf(text).map(readCidr);
  const message = 'must be addresses, or networks such as 10.0.0.0/8, comma-separated';
  if (read.some((each) => 'fault' in each)) context.addIssue({ code: 'custom', message });
  return read.flatMap((each) => ('cidr' in each ? each.cidr : []));
});

export const origins = z
  .string()
  .transform(wordsOf)
  .refine((all) => all.every(isOrigin), 'must be origins such as https://app.example.com, comma-separated');

/** The URL of an issuer, which has neither query nor fragment (RFC 8414 section 2). `error` words a text that is none. */
function urlOfIssuer(error: string) {
  return z
    .url({ protocol: /^https?$/, error })
    .refine((url) => !/[?#]/.test(url), 'must have no query and no fragment')
    .refine((url) => !/^https?:\/\/[^/]*@/i.test(url), 'must have no user and no password');
}

export const publicUrl = urlOfIssuer('must be an http or https URL')
  .refine(hasPlainPath, 'must be a URL whose path is percent-encoded UTF-8 without an asterisk')
  .transform((url) => new URL(url).href.replace(/\/+$/, ''));

/** Kept as it is, to the letter: tokens are compared with it. */
export const providerUrl = urlOfIssuer('must be an https URL, or one of this machine in development');

/** An asterisk in the router's patterns stands for any path. */
function hasPlainPath(url: string): boolean {
  // An earlier check refuses text that is no URL.
  if (!URL.canParse(url)) return true;
  try {
    return !decodeURI(new URL(url).pathname).includes('*');
  } catch {
    return false;
  }
}

function wordsOf(text: string): string[] {
  return text.split(',').flatMap((word) => word.trim() || []);
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text;
}
