import type { ReactNode } from 'react';
import { texts } from '../wording/texts.js';

const FORMAT = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
const FULL = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'long' });

/** An instant in the user's own time zone; the zone is in its title. */
export function Instant({ at }: { readonly at: string }): ReactNode {
  const date = new Date(at);
  return (
    <time dateTime={at} title={FULL.format(date)}>
      {FORMAT.format(date)}
    </time>
  );
}

/** When something was last used. */
export function InstantOrNever({ at }: { readonly at: string | null | undefined }): ReactNode {
  return at ? <Instant at={at} /> : texts.connections.never;
}
