// The project's style as errors: what only warns is not kept. Suppressing comments have no effect (`noInlineConfig`):
// where a limit is in the way, the design is to change, or the rule, here, for everybody.
import tseslint from 'typescript-eslint';

const tests = ['**/*.test.ts', '**/*{.,-}fixture.ts', 'test/**/*.ts'];

const limits = {
  'max-lines-per-function': ['error', { max: 50, skipBlankLines: true, skipComments: true }],
  'max-lines': ['error', { max: 320, skipBlankLines: true, skipComments: true }],
  'max-depth': ['error', 3],
  'max-params': ['error', 4],
  complexity: ['error', 12],
};

/** Words that name nothing: the field has better ones (trunk, binding, rate, period). */
const emptyWords = { regex: '^(data|info|obj|tmp)$|(Manager|Helpers?|Utils?|Info)$', match: false };

const names = {
  '@typescript-eslint/naming-convention': [
    'error',
    { selector: ['variable', 'parameter'], modifiers: ['destructured'], format: null },
    { selector: ['variable', 'function', 'parameter', 'typeLike'], format: null, custom: emptyWords },
  ],
};

const correctness = {
  eqeqeq: ['error', 'always', { null: 'ignore' }],
  'no-var': 'error',
  'prefer-const': 'error',
  'object-shorthand': 'error',
  'no-console': 'error',
  'no-constant-condition': 'error',
  'no-empty': 'error',
  'no-fallthrough': 'error',
  'no-param-reassign': 'error',
  'no-self-compare': 'error',
  'no-template-curly-in-string': 'error',
  'no-unreachable-loop': 'error',
  'no-unsafe-finally': 'error',
  'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx', 'hack'] }],
};

const types = {
  '@typescript-eslint/consistent-type-definitions': ['error', 'type'],
  '@typescript-eslint/consistent-type-imports': 'error',
  '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
  // A branded bigint (Money) is a number to TypeScript, not to this rule.
  '@typescript-eslint/no-unsafe-unary-minus': 'off',
  '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
  // `async` is how a function that needs not wait keeps a promised signature, its throws included.
  '@typescript-eslint/require-await': 'off',
  '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
  // Objects come from factories, whose methods use no `this`.
  '@typescript-eslint/unbound-method': 'off',
  '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
};

/** One list per kind of file, as a later `no-restricted-syntax` replaces an earlier one. */
const doubleAssertion = {
  selector: 'TSAsExpression > TSAsExpression.expression[typeAnnotation.type="TSUnknownKeyword"]',
  message: 'A double assertion hides a wrong type: parse the value or mend the type.',
};

const sleep = {
  selector: 'NewExpression[callee.name="Promise"] CallExpression[callee.name="setTimeout"]',
  message: 'A test waits by eventually(condition, deadline) of test/eventually.ts, never for a time.',
};

const clock = 'The domain has no clock: take the instant as an argument.';
const chance = 'The domain draws nothing: take the value as an argument.';

const impure = [
  { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: clock },
  { selector: 'CallExpression[callee.object.name=/^(Date|DateTime|performance)$/][callee.property.name=/^(now|utc|local)$/][arguments.length=0]', message: clock },
  { selector: 'CallExpression[callee.object.name="Math"][callee.property.name="random"]', message: chance },
  { selector: 'ImportDeclaration[source.value=/^(node:)?crypto$/] > ImportSpecifier[imported.name!=/^(createHash|createHmac|timingSafeEqual)$/]', message: chance },
];

const world = ['process', 'fetch', 'console', 'crypto', 'performance', 'setTimeout', 'setInterval', 'setImmediate'];

export default tseslint.config(
  { ignores: ['dist/', 'cdk.out/', '.local/', 'coverage/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { noInlineConfig: true },
    rules: { ...limits, ...names, ...correctness, ...types, 'no-restricted-syntax': ['error', doubleAssertion] },
  },
  {
    // What decides: in a resource's folder, and in its matcher, every file but those that declare, join, keep, and test; and what several decide alike.
    files: ['functions/*/*.ts', 'functions/*/matcher/*.ts', 'shared/telephony/*.ts'],
    ignores: ['functions/*/{contract,handler,store,row}.ts', 'functions/sip-sidecar/**', ...tests],
    rules: {
      'no-restricted-syntax': ['error', doubleAssertion, ...impure],
      'no-restricted-globals': ['error', ...world.map((name) => ({ name, message: 'The domain touches nothing outside.' }))],
    },
  },
  { files: ['bin/**/*.ts', 'test/bench/all.ts'], rules: { 'no-console': 'off' } },
  {
    files: tests,
    rules: {
      // One test of many short cases, or an oracle that is deliberately plain, is long and branchy.
      'max-lines-per-function': 'off',
      complexity: 'off',
      // A test fails anyway where its expectation about an element, or about vitest's matchers of type any, is wrong.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      'no-restricted-syntax': ['error', doubleAssertion, sleep],
      'no-restricted-imports': ['error', { paths: [{ name: 'node:timers/promises', message: sleep.message }] }],
    },
  },
  // The one place where a test may wait for a time.
  { files: ['test/eventually.ts'], rules: { 'no-restricted-imports': 'off' } },
);
