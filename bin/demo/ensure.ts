import type { Answer, Ask, LocalCloud } from './client.ts';
import type { Sizes } from './plan.ts';

/** How the demo is made: each resource is looked for first, so that a run which was interrupted goes on. */

export type DemoContext = {
  readonly cloud: LocalCloud;
  readonly sizes: Sizes;
  /** As the operator. */
  readonly ask: Ask;
  readonly passwordOf: (username: string) => string;
  readonly say: (line: string) => void;
};

export type Item = Readonly<Record<string, unknown>>;

export const idIn = ({ data }: Answer): string => String(data['id']);

/** All items of a list. */
export async function all(ask: Ask, path: string): Promise<readonly Item[]> {
  const items: Item[] = [];
  let page = '';
  do {
    const { data } = await ask('GET', `${path}${path.includes('?') ? '&' : '?'}limit=100${page}`);
    items.push(...(data['data'] as Item[]));
    const next = data['next_page_token'];
    page = typeof next === 'string' && next !== '' ? `&page_token=${encodeURIComponent(next)}` : '';
  } while (page !== '');
  return items;
}

/** A resource by its name, which is made if there is none. @returns its id */
export async function ensure(ask: Ask, list: string, body: Item, put = `${list.split('?')[0]}/new`): Promise<string> {
  const found = (await all(ask, list)).find(({ name }) => name === body['name']);
  const [, query] = list.split('?');
  return found === undefined
    ? idIn(await ask('PUT', query === undefined ? put : `${put}?${query}`, body))
    : String(found['id']);
}
