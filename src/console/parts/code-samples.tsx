import { Tab, TabList, TabPanel, TabProvider } from '@ariakit/react';
import type { ReactNode } from 'react';
import { urlOf } from '../gateway/base-url.js';
import type { AuthenticationType } from '../gateway/generated/graphql.js';
import { texts } from '../wording/texts.js';
import { Command } from './command.jsx';

const words = texts.samples;

interface Props {
  readonly authenticationType: AuthenticationType;
  /** Of an OAuth connection. */
  readonly clientId: string | undefined;
}

/** How a machine uses a connection, in three languages. The secret comes from the environment, never from the code. */
export function CodeSamples({ authenticationType, clientId }: Props): ReactNode {
  const variable = authenticationType === 'OAUTH' ? 'LATCHKEY_CLIENT_SECRET' : 'LATCHKEY_ACCESS_KEY';
  const samples = authenticationType === 'OAUTH' ? oauthSamples(clientId ?? '') : accessKeySamples();
  return (
    <section>
      <h2>{words.title}</h2>
      <p>{words.secretFirst[authenticationType]}</p>
      <Command text={`read -rs ${variable} && export ${variable}`} />
      <p>{words.explanation[authenticationType]}</p>
      <TabProvider>
        <TabList className="tabs" aria-label={words.languages}>
          {Object.keys(samples).map((language) => (
            <Tab key={language} id={language} className="tab">
              {language}
            </Tab>
          ))}
        </TabList>
        {Object.entries(samples).map(([language, text]) => (
          <TabPanel key={language} tabId={language}>
            <Command text={text} />
          </TabPanel>
        ))}
      </TabProvider>
      {clientId && (
        <>
          <h2>{words.check}</h2>
          <p>{words.checkExplanation}</p>
          <Command text={introspectionSample(clientId)} />
        </>
      )}
    </section>
  );
}

function oauthSamples(clientId: string): Readonly<Record<string, string>> {
  const url = urlOf('oauth2/token');
  return {
    curl: `curl -sS --fail-with-body --retry 3 -u "${clientId}:$LATCHKEY_CLIENT_SECRET" \\
  -d grant_type=client_credentials ${url}`,
    TypeScript: `const answer = await fetch('${url}', {
  method: 'POST',
  headers: {
    authorization: 'Basic ' + btoa('${clientId}:' + process.env.LATCHKEY_CLIENT_SECRET),
  },
  body: new URLSearchParams({ grant_type: 'client_credentials' }),
});
if (!answer.ok) throw new Error(await answer.text());
const { access_token, expires_in } = await answer.json();
console.log(\`a token for \${expires_in} s\`);`,
    Python: `import os
import requests

answer = requests.post(
    "${url}",
    auth=("${clientId}", os.environ["LATCHKEY_CLIENT_SECRET"]),
    data={"grant_type": "client_credentials"},
    timeout=10,
)
answer.raise_for_status()
token = answer.json()["access_token"]
print("a token for", answer.json()["expires_in"], "s")`,
  };
}

/** By the client itself: what it may ask about its own token, a service may ask about everybody's. */
function introspectionSample(clientId: string): string {
  return `curl -sS --fail-with-body -u "${clientId}:$LATCHKEY_CLIENT_SECRET" \\
  -d "token=$TOKEN" ${urlOf('oauth2/introspect')}`;
}

function accessKeySamples(): Readonly<Record<string, string>> {
  const url = urlOf('graphql');
  const query = '{ rateLimit { policies { name remaining } } }';
  const body = JSON.stringify({ query });
  return {
    curl: `curl -sS --fail-with-body -H "accesskey: $LATCHKEY_ACCESS_KEY" -H 'content-type: application/json' \\
  -d '${body}' ${url}`,
    TypeScript: `const answer = await fetch('${url}', {
  method: 'POST',
  headers: {
    accesskey: process.env.LATCHKEY_ACCESS_KEY ?? '',
    'content-type': 'application/json',
  },
  body: JSON.stringify({ query: '${query}' }),
});
if (!answer.ok) throw new Error(await answer.text());
console.log(await answer.json());`,
    Python: `import os
import requests

answer = requests.post(
    "${url}",
    headers={"accesskey": os.environ["LATCHKEY_ACCESS_KEY"]},
    json={"query": "${query}"},
    timeout=10,
)
answer.raise_for_status()
print(answer.json())`,
  };
}
