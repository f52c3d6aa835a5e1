// A rule for oxlint, for syntax that has no rule of its own: each option is a selector (esquery) of the rejected
// syntax, and the reason.

type Rejected = { readonly selector: string; readonly message: string };
type Context = {
  readonly options: readonly Rejected[];
  readonly report: (problem: { readonly node: object; readonly message: string }) => void;
};

const create = ({ options, report }: Context) =>
  Object.fromEntries(options.map(({ selector, message }) => [selector, (node: object) => report({ node, message })]));

export default { meta: { name: 'syntax' }, rules: { rejected: { meta: { schema: false }, create } } };
