import { page } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { dependenciesFromEnvironment, type Dependencies } from '#runtime/dependencies.ts';
import { serve, type ApiHandler } from '#http/serve.ts';
import {
  dialplanHistory,
  listDialplanArchive,
  listDialplanArchived,
  listDialplanHistoric,
  listDialplanHistory,
} from './contract.ts';
import { historyStore } from './store.ts';

const list = async (
  { page: request, query }: Pick<Request<typeof listDialplanHistory>, 'page' | 'query'>,
  { table }: Context<typeof dialplanHistory>,
) => page(await historyStore(table).page(request(), query));

export const historyApi = (dependencies: Dependencies = dependenciesFromEnvironment()): ApiHandler =>
  serve(
    dialplanHistory,
    {
      [listDialplanHistory.route]: list,
      [listDialplanHistoric.route]: list,
      [listDialplanArchive.route]: list,
      [listDialplanArchived.route]: list,
    },
    dependencies,
  );

export const handler = historyApi();
