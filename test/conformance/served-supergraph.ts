import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';

interface SdlAnswer {
  readonly data: { readonly _service: { readonly sdl: string } };
}

/** What a router is given of running subgraphs: the SDL that each serves by its name, and where it is asked. */
export async function composeServed(urls: Readonly<Record<string, string>>): Promise<string> {
  const services = Object.entries(urls).map(async ([name, url]) => ({ name, url, typeDefs: parse(await sdlOf(url)) }));
  const { errors, supergraphSdl } = composeServices(await Promise.all(services));
  if (supergraphSdl === undefined) throw new Error(errors?.map(({ message }) => message).join('\n'));
  return supergraphSdl;
}

async function sdlOf(url: string): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ _service { sdl } }' }),
  });
  return ((await response.json()) as SdlAnswer).data._service.sdl;
}
