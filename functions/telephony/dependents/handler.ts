import { found } from '#errors.ts';
import { ok } from '#http/answers/answer.ts';
import { serve } from '#http/serve.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import {
  dependents,
  getCallFlowDependents,
  getRingGroupDependents,
  getScheduleDependents,
  getUserDependents,
} from './contract.ts';
import { dependentStore, prefetch } from './store.ts';

/** The function of what depends on users, call flows, ring groups and schedules. */
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
      [getRingGroupDependents.route]: async ({ params }, { table }) => {
        const store = dependentStore(table);
        return ok(await store.dependents(found(await store.ringGroup(params.id), 'Ring group')));
      },
      [getScheduleDependents.route]: async ({ params }, { table }) => {
        const store = dependentStore(table);
        return ok(await store.dependents(found(await store.schedule(params.id), 'Schedule')));
      },
    },
    { ...dependencies, prefetch },
  );

export const handler = dependentsHandler();
