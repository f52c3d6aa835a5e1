import type { Store } from '#dynamodb/client.ts';
import { emergencyWarnings } from '#functions/dialplan/emergency-warnings/contract.ts';
import { emergencyWarningsHandler } from '#functions/dialplan/emergency-warnings/handler.ts';
import { invokeThrough, type Invoke } from '#runtime/invoke.ts';
import { testDependencies } from './dependencies.fixture.ts';

/** Asks the function that warns of unreachable emergency numbers, in this process and over a store. */
export const invokeEmergencyWarnings = (store: Store): Invoke =>
  invokeThrough(async ({ name }, question) => {
    if (name !== emergencyWarnings.name) throw new Error(`this test has no ${name}`);
    return emergencyWarningsHandler(testDependencies(store))(JSON.parse(question));
  });
