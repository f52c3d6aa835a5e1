import { afterAll, describe, expect, test } from 'vitest';
import { createdBefore, ofType, referencesIn, synthesizer, type Template } from './templates.fixture.ts';

const { synthesize, remove } = synthesizer();
afterAll(remove);

const templates = synthesize();

/** The ids of the policies that are attached to a role. */
const policiesOf = (template: Template, role: string): string[] =>
  ofType(template, 'AWS::IAM::Policy')
    .filter(([, { Properties }]) => referencesIn(Properties?.['Roles']).includes(role))
    .map(([id]) => id);

/** Each resource of a type, with the policies of the roles that its property or task definition names. */
function withPolicies(type: string, rolesIn: (template: Template, id: string) => string[]) {
  return [...templates].flatMap(([stack, template]) =>
    ofType(template, type).map(([id]) => ({
      name: `${stack} ${id}`,
      policies: rolesIn(template, id).flatMap((role) => policiesOf(template, role)),
      before: createdBefore(template, id),
    })),
  );
}

describe('what runs waits for the policies of its role', () => {
  test.each(
    withPolicies('AWS::Lambda::Function', ({ Resources }, id) => referencesIn(Resources[id]?.Properties?.['Role'])),
  )('the function $name', ({ policies, before }) => {
    expect(policies.length).toBeGreaterThan(0);
    expect([...before]).toEqual(expect.arrayContaining(policies));
  });

  test.each(
    withPolicies('AWS::ECS::Service', ({ Resources }, id) =>
      referencesIn(Resources[id]?.Properties?.['TaskDefinition']).flatMap((task) =>
        referencesIn([Resources[task]?.Properties?.['TaskRoleArn'], Resources[task]?.Properties?.['ExecutionRoleArn']]),
      ),
    ),
  )('the service $name: of its tasks and of their execution', ({ policies, before }) => {
    expect(policies.length).toBeGreaterThan(1);
    expect([...before]).toEqual(expect.arrayContaining(policies));
  });

  test.each(
    withPolicies('AWS::Lambda::EventSourceMapping', ({ Resources }, id) =>
      referencesIn(Resources[id]?.Properties?.['FunctionName']).flatMap((of) =>
        referencesIn(Resources[of]?.Properties?.['Role']),
      ),
    ),
  )('the event source $name', ({ policies, before }) => {
    expect(policies.length).toBeGreaterThan(0);
    expect([...before]).toEqual(expect.arrayContaining(policies));
  });
});
