import { useEffect, useState, useSyncExternalStore } from 'react';
import { type BrowserLocationHook, useBrowserLocation } from 'wouter/use-browser-location';

/** The path that a guarded page holds the router at, and who shows it. */
const held = { path: undefined as string | undefined, listeners: new Set<() => void>() };

function hold(path: string | undefined): void {
  held.path = path;
  for (const listener of held.listeners) listener();
}

function onHold(listener: () => void): () => void {
  held.listeners.add(listener);
  return () => held.listeners.delete(listener);
}

/** The router's location: the browser's, but for a guarded page, which stays when Back has changed that already. */
export const useGuardedLocation: BrowserLocationHook = (options) => {
  const [path, navigate] = useBrowserLocation(options);
  const heldPath = useSyncExternalStore(onHold, () => held.path);
  return [heldPath ?? path, navigate];
};

interface LeaveGuard {
  /** Goes where the user wanted to; undefined where nobody wants to leave. */
  readonly leave: (() => void) | undefined;
  stay(): void;
  /** Lets the page itself lead elsewhere. */
  release(): void;
}

/**
 * Holds a page that would lose something: links and Back wait for an answer, and the browser itself asks before a reload or
 * the end of the tab.
 */
export function useLeaveGuard(isOn: boolean): LeaveGuard {
  const [leave, setLeave] = useState<() => void>();
  useEffect(() => {
    if (!isOn) return;
    const here = location.href;
    hold(location.pathname);
    const offer = (go: () => void) =>
      setLeave(() => () => {
        hold(undefined);
        go();
      });
    const onClick = (event: MouseEvent) => {
      const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
      const opensElsewhere = event.ctrlKey || event.metaKey || event.shiftKey || link?.hasAttribute('target');
      if (held.path === undefined || !(link instanceof HTMLAnchorElement) || opensElsewhere) return;
      event.preventDefault();
      event.stopPropagation();
      offer(() => link.click());
    };
    const onPopState = () => {
      if (held.path === undefined) return;
      history.pushState(null, '', here);
      offer(() => history.back());
    };
    const onBeforeUnload = (event: BeforeUnloadEvent) => {
      if (held.path !== undefined) event.preventDefault();
    };
    document.addEventListener('click', onClick, true);
    window.addEventListener('popstate', onPopState);
    window.addEventListener('beforeunload', onBeforeUnload);
    return () => {
      hold(undefined);
      document.removeEventListener('click', onClick, true);
      window.removeEventListener('popstate', onPopState);
      window.removeEventListener('beforeunload', onBeforeUnload);
    };
  }, [isOn]);
  return { leave, stay: () => setLeave(undefined), release: () => hold(undefined) };
}
