import { expect, test } from 'vitest';
import { typeErrors } from './type-errors.ts';

const contract = 'functions/telephony/numbers/contract.ts';
const exists = (file: string) => file === contract;
const first = (printed: string) => typeErrors(printed, exists).split('\n')[0];

const row = `Argument of type 'Row<"number", PhoneNumber, { number: string; }>' is not assignable to`;
const union = `'"balance" | "check:balance" | "check:number" | ... 19 more ... | "trunk"'`;
const handler = (literal: string): string =>
  [
    `functions/telephony/numbers/handler.ts(280,7): error TS2418: Type of computed property's value is '(request: …`,
    `  Type 'Promise<Change<DataAnswer<200, { id: string; }>, "due" | "number">>' is not assignable to type 'Promise<` +
      `Outcome<Endpoint<"DELETE /numbers/{id}", { readonly id: "releaseNumber"; readonly summary: "Release …`,
    `    Type '"due" | "number"' is not assignable to type ${union}.`,
    `      Type '"${literal}"' is not assignable to type ${union}. Did you mean '"number"'?`,
  ].join('\n');

test('a write without its effect is one line, with the endpoint and what to declare', () => {
  expect(first(handler('due'))).toBe(
    `${contract}: add writes('due') to the effects of releaseNumber (DELETE /numbers/{id}), ` +
      'for functions/telephony/numbers/handler.ts:280',
  );
  expect(first(handler('check:channel'))).toContain(`add reads('channel') to the effects of releaseNumber`);
  expect(first(handler('event:number.released'))).toContain(`add records('number.released') to the effects`);
});

test('a read without its effect names the entity, and the index', () => {
  const at = (line: number) =>
    `functions/telephony/numbers/store.ts(${line},26): error TS2379: ${row} parameter of type `;
  const index = `${at(39)}'Row<"number", never> & "the contract declares no reads('number', 'GSI2')"'`;
  expect(first(index)).toBe(
    `${contract}: add reads('number', 'GSI2') to the effects, for functions/telephony/numbers/store.ts:39`,
  );
  expect(first(`${at(74)}'Row<"channel", never>'\n${at(90)}'Row<"channel", never>'`)).toBe(
    `${contract}: add reads('number') to the effects, for functions/telephony/numbers/store.ts:74 and 1 more`,
  );
});

test('so do secrets and buckets', () => {
  const secret = `TS2345: Argument of type '"operator-admin"' is not assignable to parameter of type '"sealing-keys"'.`;
  expect(first(`functions/telephony/numbers/handler.ts(59,61): error ${secret}`)).toContain(
    "add readsSecret('operator-admin') to the effects",
  );
  const bucket = [
    `functions/telephony/numbers/handler.ts(34,26): error TS2345: Argument of type '{ bucket: 'exports'; }' is not …`,
    `  Types of property 'bucket' are incompatible.`,
    `    Type '"exports"' is not assignable to type 'never'.`,
  ];
  expect(first(bucket.join('\n'))).toContain("add storesObjects('exports') to the effects");
});

test('missing effects are before other errors, of which the first and the last line are kept', () => {
  const other = [
    `shared/errors.ts(1,2): error TS2322: Type '{ kind: "a"; }' is not assignable to type '{ kind: "b"; }'.`,
    `  Types of property 'kind' are incompatible.`,
    `    Type '"a"' is not assignable to type '"b"'.`,
  ];
  expect(typeErrors(`${other.join('\n')}\n${handler('due')}`, exists).split('\n')).toEqual([
    expect.stringContaining("add writes('due')"),
    `shared/errors.ts:1 TS2322: Type '{ kind: "a"; }' is not assignable to type '{ kind: "b"; }'.`,
    `  Type '"a"' is not assignable to type '"b"'.`,
    'All of it: npm run types',
  ]);
});

test('long lines and long lists are cut', () => {
  const errors = Array.from({ length: 30 }, (_, index) => `a.ts(${index + 1},1): error TS1: ${'x'.repeat(1000)}`);
  const lines = typeErrors(errors.join('\n'), exists).split('\n');
  expect(lines.slice(-2)).toEqual(['10 more', 'All of it: npm run types']);
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(250);
});

test('what is no error of the compiler is printed as it is', () => {
  expect(typeErrors('tsc: command not found', exists)).toBe('tsc: command not found');
});
