import { page } from '../../../shared/http/answers/answer.ts';
import type { Request, Context } from '../../../shared/http/handlers.ts';
import { dependenciesFromEnvironment, type Dependencies } from '../../../shared/runtime/dependencies.ts';
import { serve, type ApiHandler } from '../../../shared/http/serve.ts';
import { dialplanHistory, getArchive, getArchived, getHistoric, getHistory } from './contract.ts';
import { historyStore } from './store.ts';

const read = async (
  { page: request, query }: Pick<Request<typeof getHistory>, 'page' | 'query'>,
  { table }: Context<typeof dialplanHistory>,
) => page(await historyStore(table).page(request(), query));

export const historyApi = (dependencies: Dependencies = dependenciesFromEnvironment()): ApiHandler =>
  serve(
    dialplanHistory,
    { [getHistory.route]: read, [getHistoric.route]: read, [getArchive.route]: read, [getArchived.route]: read },
    dependencies,
  );

export const handler = historyApi();
