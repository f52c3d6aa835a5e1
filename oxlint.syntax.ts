// A rule for syntax that has no rule of its own, for oxlint to load: each option is a selector (esquery) of what is
// refused, and why.

type Refused = { readonly selector: string; readonly message: string };
type Context = {
  readonly options: readonly Refused[];
  readonly report: (problem: { readonly node: object; readonly message: string }) => void;
};

const create = ({ options, report }: Context) =>
  Object.fromEntries(options.map(({ selector, message }) => [selector, (node: object) => report({ node, message })]));

export default { meta: { name: 'syntax' }, rules: { refused: { meta: { schema: false }, create } } };
