import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What V8 writes at the end of a process that was started with --cpu-prof. */
interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  /** The id of the node that each sample met. */
  readonly samples: readonly number[];
  /** µs since the sample before. */
  readonly timeDeltas: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children?: readonly number[];
}

/** Frames that stand for what is no work of the process. */
const IDLE = ['(idle)', '(program)'];
/** What takes less is left out. */
const SHARE_MIN = 0.02;
/** Of a call's time, in the one call that it makes. */
const CHAIN_SHARE_MIN = 0.9;

/** The profile in a directory that one process has written. */
export function readProfile(directory: string): CpuProfile {
  const [name] = readdirSync(directory);
  if (name === undefined) throw new Error(`no profile in ${directory}`);
  return JSON.parse(readFileSync(join(directory, name), 'utf8')) as CpuProfile;
}

/** A flame graph as text: each call with its share of the process's work, calls of its own included, under its caller. */
export function formatFlameGraph({ nodes, samples, timeDeltas }: CpuProfile): string {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const self = new Map<number, number>();
  for (const [index, id] of samples.entries()) self.set(id, (self.get(id) ?? 0) + (timeDeltas[index] ?? 0));
  const totals = new Map<number, number>();
  const totalOf = (node: ProfileNode): number => {
    const known = totals.get(node.id);
    if (known !== undefined) return known;
    const own = IDLE.includes(node.callFrame.functionName) ? 0 : (self.get(node.id) ?? 0);
    const total = childrenOf(node).reduce((sum, child) => sum + totalOf(child), own);
    totals.set(node.id, total);
    return total;
  };
  const childrenOf = ({ children = [] }: ProfileNode) => children.flatMap((id) => byId.get(id) ?? []);
  const [root] = nodes;
  if (root === undefined) throw new Error('an empty profile');
  const all = totalOf(root);
  const lines: string[] = [];
  const shownChildrenOf = (node: ProfileNode) =>
    childrenOf(node)
      .filter((child) => totalOf(child) >= SHARE_MIN * all)
      .sort((one, other) => totalOf(other) - totalOf(one));
  const add = (node: ProfileNode, depth: number) => {
    for (const child of shownChildrenOf(node)) {
      const last = endOfChain(child);
      const share = `${((100 * totalOf(child)) / all).toFixed(0)} %`.padStart(5);
      const names = last === child ? nameOf(child) : `${nameOf(child)} … ${nameOf(last)}`;
      lines.push(`${share} ${'  '.repeat(depth)}${names}`);
      add(last, depth + 1);
    }
  };
  /** Where calls that only call the next one end. */
  const endOfChain = (node: ProfileNode): ProfileNode => {
    const [child, ...others] = shownChildrenOf(node);
    const onlyCalls = child !== undefined && others.length === 0 && totalOf(child) >= CHAIN_SHARE_MIN * totalOf(node);
    return onlyCalls ? endOfChain(child) : node;
  };
  add(root, 0);
  return lines.join('\n');
}

/** The function, and where it is from: Node, a package, or Latchkey. */
function nameOf({ callFrame: { functionName, url } }: ProfileNode): string {
  const [, ofPackage] = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? [];
  const origin = ofPackage ?? (url.startsWith('node:') ? url : url === '' ? '' : 'dist');
  return `${functionName || '(anonymous)'}${origin === '' ? '' : ` (${origin})`}`;
}
