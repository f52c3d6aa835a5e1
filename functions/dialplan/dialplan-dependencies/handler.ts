import { found, notFound } from '#errors.ts';
import { ok } from '#http/answers/answer.ts';
import { dependenciesFromEnvironment, type Dependencies } from '#runtime/dependencies.ts';
import { serve, type ApiHandler } from '#http/serve.ts';
import { dialplanDependencies, getDialplanDependencies } from './contract.ts';
import {
  dependenciesOfGroup,
  dependenciesOfPolicy,
  dependenciesOfTemplate,
  gatewayReferences,
  presentDependencies,
  type PlanDependencies,
  type Subject,
} from './dependencies.ts';
import { dependencyStore } from './store.ts';

type Store = ReturnType<typeof dependencyStore>;

async function findDependencies(store: Store, { id, type }: Pick<Subject, 'id' | 'type'>): Promise<PlanDependencies> {
  switch (type) {
    case 'policy': {
      const [stored, template] = await Promise.all([store.policy(id), store.template()]);
      const policy = found(stored, 'Policy');
      const [groups, gateways] = await Promise.all([
        store.groups(Object.values(policy.group_ids)),
        store.gateways(gatewayReferences(policy)),
      ]);
      return dependenciesOfPolicy(policy, template, { groups, gateways });
    }
    case 'template': {
      const template = await store.template();
      if (template?.id !== id) throw notFound('Template');
      return dependenciesOfTemplate(template, await store.policies(template.policies));
    }
    case 'group': {
      const group = found(await store.group(id), 'Group');
      return dependenciesOfGroup(group, await store.allPolicies());
    }
  }
}

export const dependenciesApi = (dependencies: Dependencies = dependenciesFromEnvironment()): ApiHandler =>
  serve(
    dialplanDependencies,
    {
      [getDialplanDependencies.route]: async ({ query }, { table }) =>
        ok(presentDependencies(await findDependencies(dependencyStore(table), query), query.direction)),
    },
    dependencies,
  );

export const handler = dependenciesApi();
