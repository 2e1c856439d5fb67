import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { AccountMenu } from './account.menu.jsx';
import { useMayChange } from './gateway/session.context.js';
import { texts } from './wording/texts.js';

const PAGES = [
  { path: '/', name: texts.pages.connections },
  { path: '/try-it', name: texts.pages.tryIt },
  { path: '/limits', name: texts.pages.limits },
  { path: '/audit', name: texts.pages.audit },
] as const;

/** What is around every page. */
export function Shell({ children }: { readonly children: ReactNode }): ReactNode {
  const mayChange = useMayChange();
  return (
    <>
      <a className="skip" href="#content">
        {texts.skip}
      </a>
      <header className="top">
        <span className="product">{texts.product}</span>
        <nav aria-label={texts.navigation}>
          {PAGES.map(({ path, name }) => (
            <Link key={path} href={path} className={(isHere) => (isHere ? 'here' : '')}>
              {name}
            </Link>
          ))}
        </nav>
        <AccountMenu />
      </header>
      <main id="content">
        {!mayChange && <p className="notice neutral">{texts.readOnly}</p>}
        {children}
      </main>
    </>
  );
}
