import { existsSync } from 'node:fs';
import ts from 'typescript';
import { fileOf, filesOf, textOf } from './sources.ts';

/** Which files start a cloud or a store of their own: themselves, or through an exported function of a fixture. */

/** Functions that start one, as `file#name`. */
const roots: readonly string[] = [
  'infra/local/aws/dynamodb.ts#startTableStore',
  'infra/local/aws/aws-endpoint.ts#startAwsEndpoint',
  'infra/local/aws/dynoxide.ts#startDynoxide',
  'infra/local/cloud.ts#startCloud',
  'test/system/cloud.ts#startCloud',
  'test/support/store.fixture.ts#startOwnStore',
];
/** Programs that start one. */
const program = /'bin\/(?:start|dev)\.ts'|'npm', \['start'/;
/** Starts what the files of a worker or of a run share, so its callers start nothing of their own. */
const isShared = (name: string): boolean => /shared/i.test(name);

/** An exported or local declaration of a file, and the names that it uses. */
type Declaration = { readonly names: readonly string[]; readonly uses: ReadonlySet<string>; readonly text: string };
type Module = {
  readonly file: string;
  /** Local names of what it imports, and where that is declared. */
  readonly imports: ReadonlyMap<string, string>;
  readonly declarations: readonly Declaration[];
};

function importsOf(statement: ts.ImportDeclaration, file: string): [string, string][] {
  const { importClause: clause, moduleSpecifier } = statement;
  if (clause?.namedBindings === undefined || !ts.isNamedImports(clause.namedBindings)) return [];
  const from = fileOf((moduleSpecifier as ts.StringLiteral).text, file);
  return clause.namedBindings.elements.map(({ name, propertyName }) => [
    name.text,
    `${from}#${(propertyName ?? name).text}`,
  ]);
}

function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  const named = ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement) ? statement.name : undefined;
  return named === undefined ? [] : [named.text];
}

function usesIn(node: ts.Node, uses = new Set<string>()): Set<string> {
  if (ts.isIdentifier(node)) uses.add(node.text);
  ts.forEachChild(node, (child) => void (ts.isTypeNode(child) || usesIn(child, uses)));
  return uses;
}

function moduleOf(file: string, text: string): Module {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const imports = source.statements.filter(ts.isImportDeclaration).flatMap((each) => importsOf(each, file));
  const others = source.statements.filter((each) => !ts.isImportDeclaration(each) && !ts.isTypeAliasDeclaration(each));
  const declarations = others.map((each) => ({ names: namesOf(each), uses: usesIn(each), text: each.getText() }));
  return { file, imports: new Map(imports), declarations };
}

/** Whether a declaration starts one, as far as is known. */
function starts({ file, imports }: Module, { uses, text }: Declaration, known: ReadonlySet<string>): boolean {
  const isKnown = (name: string): boolean => known.has(imports.get(name) ?? `${file}#${name}`);
  return program.test(text) || [...uses].some(isKnown);
}

/** Soak and benchmarks have what they measure; checks only read. */
const isLeftOut = (file: string): boolean => /^test\/(?:soak|bench|checks)\//.test(file);
const isTest = (file: string): boolean => file.endsWith('.test.ts');

/** The files that may start one: those that have the name of a known starter. Few are parsed. */
class Candidates {
  readonly #texts: ReadonlyMap<string, string>;
  readonly #parsed = new Map<string, Module>();

  constructor(texts: ReadonlyMap<string, string>) {
    this.#texts = texts;
  }

  of(known: ReadonlySet<string>): Module[] {
    const names = [...known].map((each) => each.split('#')[1]);
    const mentioned = new RegExp(String.raw`\b(?:${names.join('|')})\b|${program.source}`);
    return [...this.#texts].filter(([, text]) => mentioned.test(text)).map(([file, text]) => this.#module(file, text));
  }

  #module(file: string, text: string): Module {
    const parsed = this.#parsed.get(file) ?? moduleOf(file, text);
    this.#parsed.set(file, parsed);
    return parsed;
  }
}

/** Every function that starts a cloud or a store of the caller's own, as `file#name`. */
function startersIn(candidates: Candidates): ReadonlySet<string> {
  const known = new Set(roots);
  for (let before = 0; before < known.size;) {
    before = known.size;
    const starting = candidates
      .of(known)
      .flatMap((module) =>
        isTest(module.file)
          ? []
          : module.declarations
              .filter((declaration) => starts(module, declaration, known))
              .flatMap(({ names }) => names.filter((name) => !isShared(name)).map((name) => `${module.file}#${name}`)),
      );
    for (const starter of starting) known.add(starter);
  }
  return known;
}

/** Test files that start a cloud or a store of their own. @param others further files */
export function filesWithOwn(others: Readonly<Record<string, string>> = {}): string[] {
  const missing = roots.filter((root) => !existsSync(new URL(`../../${root.split('#')[0]}`, import.meta.url)));
  if (missing.length > 0) throw new Error(`there is no ${missing.join()}`);
  const files = filesOf('test/**/*.ts', '{bin,functions,infra,shared}/**/*{.test,fixture}.ts');
  const texts = files.filter((file) => !isLeftOut(file)).map((file): [string, string] => [file, textOf(file)]);
  const candidates = new Candidates(new Map([...texts, ...Object.entries(others)]));
  const known = startersIn(candidates);
  const own = candidates
    .of(known)
    .filter((module) => isTest(module.file) && module.declarations.some((each) => starts(module, each, known)));
  return own.map(({ file }) => file).toSorted();
}
