import { notFound } from '../../../shared/errors.ts';
import { ok } from '../../../shared/http/answers/answer.ts';
import { dependenciesFromEnvironment, type Dependencies } from '../../../shared/runtime/dependencies.ts';
import { serve, type ApiHandler } from '../../../shared/http/serve.ts';
import { dialplanDependencies, getDependencies } from './contract.ts';
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

async function found(store: Store, { id, type }: Pick<Subject, 'id' | 'type'>): Promise<PlanDependencies> {
  switch (type) {
    case 'policy': {
      const [policy, template] = await Promise.all([store.policy(id), store.template()]);
      if (policy === undefined) throw notFound('Policy');
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
      const group = await store.group(id);
      if (group === undefined) throw notFound('Group');
      return dependenciesOfGroup(group, await store.allPolicies());
    }
  }
}

export const dependenciesApi = (dependencies: Dependencies = dependenciesFromEnvironment()): ApiHandler =>
  serve(
    dialplanDependencies,
    {
      [getDependencies.route]: async ({ query }, { table }) =>
        ok(presentDependencies(await found(dependencyStore(table), query), query.direction)),
    },
    dependencies,
  );

export const handler = dependenciesApi();
