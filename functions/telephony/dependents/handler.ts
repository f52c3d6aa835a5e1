import { found } from '#errors.ts';
import { ok } from '#http/answers/answer.ts';
import { serve } from '#http/serve.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { dependents, getCallFlowDependents, getUserDependents } from './contract.ts';
import { dependentStore, prefetch } from './store.ts';

/** The function of what depends on users and call flows. */
export const dependentsHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(
    dependents,
    {
      [getUserDependents.route]: async ({ params }, { table }) => {
        const store = dependentStore(table);
        return ok(await store.dependents(found(await store.user(params.id), 'User')));
      },
      [getCallFlowDependents.route]: async ({ params }, { table }) => {
        const store = dependentStore(table);
        return ok(await store.dependents(found(await store.flow(params.id), 'Call flow')));
      },
    },
    { ...dependencies, prefetch },
  );

export const handler = dependentsHandler();
