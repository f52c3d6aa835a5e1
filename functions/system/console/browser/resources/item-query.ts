import { request, type ApiRequest } from '../kit/api.ts';
import { resourceIn } from './answers.ts';

export const itemKey = (path: string) => ['item', path];

/** One resource. */
export const itemQuery = (reading: ApiRequest) => ({
  queryKey: itemKey(reading.path),
  queryFn: async () => resourceIn(await request(reading)),
});
