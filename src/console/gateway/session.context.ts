import { createContext, use } from 'react';
import type { ViewerQuery } from './generated/graphql.js';

/** Who is signed in. */
export type Viewer = ViewerQuery['viewer'] & object;

export const ViewerContext = createContext<Viewer | undefined>(undefined);

/** The signed-in user, for what stands inside of SessionGate. */
export function useViewer(): Viewer {
  const viewer = use(ViewerContext);
  if (viewer === undefined) throw new Error('SessionGate must be around what asks for the viewer');
  return viewer;
}

/** Whether the user may change connections and tokens. */
export function useMayChange(): boolean {
  return useViewer().scopes.includes('m2m:admin');
}
