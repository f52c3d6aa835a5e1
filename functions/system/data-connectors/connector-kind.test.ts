import { expect, test } from 'vitest';
import { authMethods, authTypes, connectorKinds, secretFields } from './connector-kind.ts';

test('each kind has a way to sign in, and each way and secret is of some kind', () => {
  const methods = connectorKinds.flatMap((kind) => Object.entries(authMethods[kind]));
  expect(connectorKinds.filter((kind) => Object.keys(authMethods[kind]).length === 0)).toEqual([]);
  expect(new Set(methods.map(([auth]) => auth))).toEqual(new Set(authTypes));
  expect(new Set(methods.flatMap(([, { secrets }]) => secrets))).toEqual(new Set(secretFields));
});

test('only http does without a secret', () => {
  const without = connectorKinds.flatMap((kind) =>
    Object.entries(authMethods[kind]).flatMap(([auth, { secrets }]) =>
      secrets.length === 0 ? [`${kind} ${auth}`] : [],
    ),
  );
  expect(without).toEqual(['http none']);
});
