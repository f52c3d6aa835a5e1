import { answer } from '#runtime/answer.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { emergencyWarnings as warningsOf } from './emergency-warning.ts';
import { emergencyWarnings } from './contract.ts';
import { warningsStore } from './store.ts';

export const emergencyWarningsHandler = (dependencies = dependenciesFromEnvironment()) =>
  answer(
    emergencyWarnings,
    async ({ org_id: organization, edit, ...locale }, { tableOf }) =>
      warningsOf(await warningsStore(tableOf(organization)).editedPlan(edit), locale),
    dependencies,
  );

export const handler = emergencyWarningsHandler();
