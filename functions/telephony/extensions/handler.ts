import { page } from '#http/answers/answer.ts';
import { serve } from '#http/serve.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { extensions, listExtensions } from './contract.ts';
import { extensionStore } from './store.ts';

export const extensionsHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(
    extensions,
    {
      [listExtensions.route]: async ({ query, page: pageOf }, { table }) =>
        page(await extensionStore(table).page(pageOf(), query.type)),
    },
    dependencies,
  );

export const handler = extensionsHandler();
