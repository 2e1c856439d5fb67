import { type ReactNode, useId } from 'react';
import { useQuery } from 'urql';
import { ConnectionsDocument } from '../gateway/generated/graphql.js';
import { texts } from '../wording/texts.js';

const NAME_CHARACTERS_MAX = 100;
const words = texts.nameField;

/** The names that connections of the organisation have. */
export function useTakenNames(except?: string): readonly string[] {
  const [{ data }] = useQuery({ query: ConnectionsDocument, variables: {} });
  return data?.connections?.flatMap(({ id, name }) => (id === except ? [] : name)) ?? [];
}

interface Props {
  readonly label: string;
  readonly value: string;
  readonly taken: readonly string[];
  readonly onChange: (name: string) => void;
  /** What the gateway said of the name that was sent. */
  readonly refusal: string | undefined;
}

/** A connection's name, checked while it is typed. The gateway has the last word. */
export function NameField({ label, value, taken, onChange, refusal }: Props): ReactNode {
  const id = useId();
  const problem = value === '' ? undefined : problemOf(value, taken);
  const said = problem ?? refusal;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="text"
        required
        autoComplete="off"
        value={value}
        aria-invalid={said !== undefined}
        aria-describedby={`${id}-said`}
        onChange={(event) => onChange(event.target.value)}
      />
      <p id={`${id}-said`} role="status" className={said === undefined ? 'hint' : 'field-problem'}>
        {said ?? words.rule}
      </p>
    </div>
  );
}

function problemOf(name: string, taken: readonly string[]): string | undefined {
  const folded = fold(name);
  if (folded === '') return words.blank;
  if ([...name.trim()].length > NAME_CHARACTERS_MAX) return words.long(NAME_CHARACTERS_MAX);
  return taken.some((each) => fold(each) === folded) ? words.taken : undefined;
}

/** Names that differ in letter case or in runs of spaces alone are one name. */
function fold(name: string): string {
  return name
    .trim()
    .normalize('NFC')
    .replace(/\p{Zs}+/gu, ' ')
    .toLowerCase();
}
