import type { ReactNode } from 'react';
import { Command } from '../parts/command.jsx';
import { PageTitle } from '../parts/page-title.jsx';
import { texts } from '../wording/texts.js';

/** For whoever comes without a session. */
export function SignedOutPage(): ReactNode {
  return (
    <main className="lonely">
      <PageTitle>{texts.signedOut.title}</PageTitle>
      <p>{texts.signedOut.explanation}</p>
      <Command text={texts.signedOut.command} />
      <p>{texts.signedOut.afterwards}</p>
    </main>
  );
}
