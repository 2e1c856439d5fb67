import { type ReactNode, useEffect, useRef } from 'react';
import { texts } from '../wording/texts.js';

/** A page's heading, and the title of its tab. The focus moves to it, so that a screen reader reads the new page. */
export function PageTitle({ children }: { readonly children: string }): ReactNode {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${children} · ${texts.product}`;
    heading.current?.focus({ preventScroll: true });
  }, [children]);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  );
}
