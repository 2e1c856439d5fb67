import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { PageTitle } from '../parts/page-title.jsx';
import { texts } from '../wording/texts.js';

export function UnknownPage(): ReactNode {
  return (
    <>
      <PageTitle>{texts.pages.unknown}</PageTitle>
      <p>{texts.unknownPage}</p>
      <Link href="/">{texts.backToConnections}</Link>
    </>
  );
}
