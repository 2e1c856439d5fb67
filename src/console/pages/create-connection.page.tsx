import { type FormEvent, type ReactNode, useId, useRef, useState } from 'react';
import { useMutation } from 'urql';
import { Link, useLocation } from 'wouter';
import {
  type AuthenticationType,
  type Connector,
  CreateConnectionDocument,
  type CreateConnectionMutation,
} from '../gateway/generated/graphql.js';
import { useMayChange, useViewer } from '../gateway/session.context.js';
import { NameField, useTakenNames } from '../parts/name-field.jsx';
import { PageTitle } from '../parts/page-title.jsx';
import { Problem } from '../parts/problem.jsx';
import { SecretOnce } from '../parts/secret-once.jsx';
import { texts } from '../wording/texts.js';

type Result = NonNullable<CreateConnectionMutation['createConnection']>;
type Created = Extract<Result, { __typename: 'ConnectionCreated' }>;
const words = texts.create;
const TYPES = ['OAUTH', 'ACCESS_KEY'] as const satisfies AuthenticationType[];
const CONNECTORS = ['GAINSIGHT_API'] as const satisfies Connector[];

/** Makes a connection, and shows its secret this once. */
export function CreateConnectionPage(): ReactNode {
  const mayChange = useMayChange();
  const { organization } = useViewer();
  const [created, setCreated] = useState<Created>();
  return (
    <>
      <PageTitle>
        {created?.connection ? words.created(created.connection.name) : texts.pages.createConnection}
      </PageTitle>
      {!mayChange && <p>{texts.needsSuperAdmin}</p>}
      {mayChange && organization.issuer === 'UPSTREAM' && <p>{words.upstream}</p>}
      {mayChange && organization.issuer === 'LOCAL' && created === undefined && <Form onCreated={setCreated} />}
      {created && <Outcome created={created} />}
    </>
  );
}

function Form({ onCreated }: { readonly onCreated: (created: Created) => void }): ReactNode {
  const [name, setName] = useState('');
  const [authenticationType, setType] = useState<AuthenticationType>('OAUTH');
  const [connector, setConnector] = useState<Connector>('GAINSIGHT_API');
  const [refusal, setRefusal] = useState<string>();
  const [{ error, fetching }, create] = useMutation(CreateConnectionDocument);
  const takenNames = useTakenNames();
  const connectorId = useId();
  // A repeat after a lost answer must find the connection that the first attempt made, so it keeps its key.
  const attempt = useRef({ input: '', key: '' });
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (fetching) return;
    const input = { name, authenticationType, connector };
    const text = JSON.stringify(input);
    if (attempt.current.input !== text) attempt.current = { input: text, key: newIdempotencyKey() };
    const { data } = await create({ input: { ...input, idempotencyKey: attempt.current.key } });
    const result = data?.createConnection;
    if (result?.__typename === 'ConnectionCreated') onCreated(result);
    else setRefusal(result?.message);
  };
  return (
    <form onSubmit={submit}>
      <div className="field">
        <label htmlFor={connectorId}>{words.connector}</label>
        <select
          id={connectorId}
          value={connector}
          onChange={({ target }) => setConnector(CONNECTORS.find((each) => each === target.value) ?? connector)}
        >
          {CONNECTORS.map((each) => (
            <option key={each} value={each}>
              {texts.connectors[each]}
            </option>
          ))}
        </select>
      </div>
      <NameField label={words.name} value={name} taken={takenNames} onChange={setName} refusal={refusal} />
      <TypeField value={authenticationType} onChange={setType} />
      {error && <Problem error={error} />}
      {error?.networkError && <p className="hint">{words.lostAnswer}</p>}
      <button type="submit" className="button primary" aria-disabled={fetching}>
        {fetching ? words.generating : words.generate[authenticationType]}
      </button>
    </form>
  );
}

/** 128 random bits. `crypto.randomUUID` is missing where a page comes by plain http. */
function newIdempotencyKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

interface TypeFieldProps {
  readonly value: AuthenticationType;
  readonly onChange: (type: AuthenticationType) => void;
}

function TypeField({ value, onChange }: TypeFieldProps): ReactNode {
  const group = useId();
  return (
    <fieldset>
      <legend>{words.type}</legend>
      {TYPES.map((type) => (
        <label key={type} className="choice">
          <input type="radio" name={group} checked={value === type} onChange={() => onChange(type)} />
          <span>
            {texts.connections.types[type]}
            <span className="hint block">{words.explained[type]}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

/** The new connection. The answer to a repeated request has no secret: the first answer had it, and it was lost. */
function Outcome({ created }: { readonly created: Created }): ReactNode {
  const [, navigate] = useLocation();
  const { connection, clientId, secret, warning } = created;
  if (connection === null || connection === undefined) return null;
  const page = `/connections/${connection.id}`;
  if (secret === null || secret === undefined) {
    return (
      <div role="alert">
        <p>{words.secretLost(connection.name)}</p>
        <Link href={page} className="button primary">
          {words.openToRegenerate}
        </Link>
      </div>
    );
  }
  return (
    <SecretOnce
      connection={connection}
      clientId={clientId ?? undefined}
      secret={secret}
      warning={warning ?? undefined}
      onDone={() => navigate(page)}
    />
  );
}
