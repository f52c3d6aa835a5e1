import { isObject } from '../../json-value.ts';
import { request } from '../kit/api.ts';
import { resourceIn } from '../resources/answers.ts';
import { t } from '../texts/texts.ts';
import type { Flow } from './flow-draft.ts';

/** A flow that is not saved yet. */
const fresh = (): Flow => ({
  name: t('New call flow'),
  start: 'welcome',
  steps: { welcome: { type: 'play', prompt: { say: t('Welcome.') } } },
});

const isFlow = (value: object): value is Flow => isObject(value) && isObject((value as Partial<Flow>).steps);

/** A flow, or one of its versions. @param id or `new` @param version null: the published one */
export const flowQuery = (id: string, version: number | null) => ({
  queryKey: ['flow', id, version],
  queryFn: async (): Promise<Flow> => {
    if (id === 'new') return fresh();
    const query = version === null ? {} : { query: { version } };
    const flow = resourceIn(await request({ method: 'GET', path: `/callflows/${id}`, ...query }));
    if (!isFlow(flow)) throw new Error('The server answers no call flow');
    return flow;
  },
});

/** Version of a saved flow; null: it is not saved yet. */
export const versionOf = ({ version }: Flow): number | null => (typeof version === 'number' ? version : null);
