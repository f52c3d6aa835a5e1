// The project's style as errors: what only warns is not kept, and where a limit is in the way, the design is to change,
// or the rule, here, for everybody. test/checks/lint.test.ts rejects comments that suppress.
import { defineConfig, type OxlintConfig } from 'oxlint';

type Rules = NonNullable<OxlintConfig['rules']>;

const tests = ['**/*.test.ts', '**/*{.,-}fixture.ts', 'test/**/*.ts'];

/**
 * typescript-eslint's strictest rules (`strictTypeChecked`); those with options are below. Left out: `async` is how a
 * function that needs not wait keeps a promised signature, its throws included (require-await); objects come from
 * factories, whose methods use no `this` (unbound-method); a branded bigint (Money) is a number
 * (no-unsafe-unary-minus).
 */
const strict = [
  'await-thenable',
  'no-array-delete',
  'no-base-to-string',
  'no-deprecated',
  'no-duplicate-enum-values',
  'no-duplicate-type-constituents',
  'no-dynamic-delete',
  'no-empty-object-type',
  'no-explicit-any',
  'no-extra-non-null-assertion',
  'no-extraneous-class',
  'no-floating-promises',
  'no-for-in-array',
  'no-generated-empty-object-type',
  'no-implied-eval',
  'no-invalid-void-type',
  'no-meaningless-void-operator',
  'no-misused-new',
  'no-misused-promises',
  'no-misused-spread',
  'no-mixed-enums',
  'no-namespace',
  'no-non-null-asserted-nullish-coalescing',
  'no-non-null-asserted-optional-chain',
  'no-non-null-assertion',
  'no-redundant-type-constituents',
  'no-require-imports',
  'no-this-alias',
  'no-unnecessary-boolean-literal-compare',
  'no-unnecessary-condition',
  'no-unnecessary-template-expression',
  'no-unnecessary-type-arguments',
  'no-unnecessary-type-assertion',
  'no-unnecessary-type-constraint',
  'no-unnecessary-type-conversion',
  'no-unnecessary-type-parameters',
  'no-unsafe-argument',
  'no-unsafe-assignment',
  'no-unsafe-call',
  'no-unsafe-declaration-merging',
  'no-unsafe-enum-comparison',
  'no-unsafe-function-type',
  'no-unsafe-member-access',
  'no-unsafe-return',
  'no-useless-default-assignment',
  'no-wrapper-object-types',
  'only-throw-error',
  'prefer-as-const',
  'prefer-literal-enum-member',
  'prefer-namespace-keyword',
  'prefer-promise-reject-errors',
  'prefer-reduce-type-parameter',
  'prefer-return-this-type',
  'related-getter-setter-pairs',
  'restrict-plus-operands',
  'triple-slash-reference',
  'unified-signatures',
  'use-unknown-in-catch-callback-variable',
];

const limits: Rules = {
  'max-lines-per-function': ['error', { max: 80 }],
  'max-lines': ['error', { max: 600 }],
  'max-depth': ['error', 3],
  'max-params': ['error', 4],
  complexity: ['error', 12],
};

const correctness: Rules = {
  eqeqeq: ['error', 'always', { null: 'ignore' }],
  'object-shorthand': 'error',
  'no-console': 'error',
  'no-array-constructor': 'error',
  'no-constant-condition': 'error',
  'no-empty': 'error',
  'no-fallthrough': 'error',
  'no-param-reassign': 'error',
  'no-self-compare': 'error',
  'no-template-curly-in-string': 'error',
  'no-unreachable-loop': 'error',
  'no-unused-expressions': 'error',
  'no-useless-constructor': 'error',
  'no-unsafe-finally': 'error',
  'no-var': 'error',
  'prefer-const': 'error',
  'prefer-rest-params': 'error',
  'prefer-spread': 'error',
  'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx', 'hack'] }],
};

const types: Rules = {
  'typescript/ban-ts-comment': ['error', { minimumDescriptionLength: 10 }],
  'typescript/consistent-type-definitions': ['error', 'type'],
  'typescript/consistent-type-imports': 'error',
  'typescript/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
  'no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
  'typescript/restrict-template-expressions': ['error', { allowNumber: true }],
  'typescript/return-await': ['error', 'error-handling-correctness-only'],
  'typescript/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
};

/**
 * Words that name nothing: the field has better ones (trunk, binding, rate, period). What is destructured was named
 * elsewhere.
 */
const emptyWord = '/^(data|info|obj|tmp)$|(Manager|Helpers?|Utils?|Info)$/';

const names = [
  'VariableDeclarator > Identifier.id',
  ':function > Identifier.id',
  ':function > Identifier.params',
  ':function > * > Identifier.left',
  ':matches(ClassDeclaration, TSTypeAliasDeclaration, TSInterfaceDeclaration, TSTypeParameter) > Identifier',
].map((named) => ({
  selector: `${named}[name=${emptyWord}]`,
  message: "This word names nothing: take the field's own.",
}));

const doubleAssertion = {
  selector: 'TSAsExpression > TSAsExpression.expression[typeAnnotation.type="TSUnknownKeyword"]',
  message: 'A double assertion hides a wrong type: parse the value or mend the type.',
};

const sleep = {
  selector: 'NewExpression[callee.name="Promise"] CallExpression[callee.name="setTimeout"]',
  message: 'A test waits by eventually(condition, deadline) of test/support/eventually.ts, never for a time.',
};

const clock = 'The domain has no clock: take the instant as an argument.';
const chance = 'The domain draws nothing: take the value as an argument.';

const impure = [
  { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: clock },
  {
    selector:
      'CallExpression[callee.object.name=/^(Date|DateTime|performance)$/]' +
      '[callee.property.name=/^(now|utc|local)$/][arguments.length=0]',
    message: clock,
  },
  { selector: 'CallExpression[callee.object.name="Math"][callee.property.name="random"]', message: chance },
  {
    selector:
      'ImportDeclaration[source.value=/^(node:)?crypto$/] > ' +
      'ImportSpecifier[imported.name!=/^(createHash|createHmac|timingSafeEqual)$/]',
    message: chance,
  },
];

const world = ['process', 'fetch', 'console', 'crypto', 'performance', 'setTimeout', 'setInterval', 'setImmediate'];

/** One list per kind of file, as a later one replaces an earlier one. */
const syntax = (...more: readonly object[]): Rules => ({
  'syntax/rejected': ['error', doubleAssertion, ...names, ...more],
});

export default defineConfig({
  plugins: ['eslint', 'typescript'],
  jsPlugins: ['./oxlint.syntax.ts'],
  categories: { correctness: 'off' },
  ignorePatterns: ['dist/', 'cdk.out/', '.local/', 'coverage/'],
  options: { typeAware: true, denyWarnings: true, respectEslintDisableDirectives: false },
  rules: {
    ...Object.fromEntries(strict.map((name) => [`typescript/${name}`, 'error'])),
    ...limits,
    ...correctness,
    ...types,
    ...syntax(),
  },
  overrides: [
    {
      // What decides: in a resource's folder, and in its matcher, every file but those that declare, join, keep, and
      // test; and what several decide alike.
      files: ['functions/*/*/*.ts', 'functions/*/*/matcher/*.ts', 'shared/telephony/*.ts'],
      excludeFiles: [
        'functions/*/*/{contract,handler,store,row,cascade}.ts',
        'functions/*/rows/**',
        'functions/sip-sidecar/**',
        ...tests,
      ],
      rules: {
        ...syntax(...impure),
        'no-restricted-globals': [
          'error',
          ...world.map((name) => ({ name, message: 'The domain touches nothing outside.' })),
        ],
      },
    },
    { files: ['bin/**/*.ts', 'test/{bench/all,mutants/run}.ts'], rules: { 'no-console': 'off' } },
    {
      files: tests,
      rules: {
        ...syntax(sleep),
        // One test of many short cases, or an oracle that is deliberately plain, is long and branchy.
        'max-lines-per-function': 'off',
        'max-lines': ['error', { max: 800 }],
        complexity: 'off',
        // A test fails anyway where its expectation about an element, or about vitest's matchers of type any, is wrong.
        'typescript/no-non-null-assertion': 'off',
        'typescript/no-unsafe-assignment': 'off',
        'no-restricted-imports': ['error', { paths: [{ name: 'node:timers/promises', message: sleep.message }] }],
      },
    },
    // The one place where a test may wait for a time.
    { files: ['test/support/eventually.ts'], rules: { 'no-restricted-imports': 'off' } },
  ],
});
