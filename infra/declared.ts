/** What synthesized templates declare, for tools that read them. */

export type Properties = Readonly<Record<string, unknown>>;
export type DeclaredTemplate = {
  readonly Resources: Readonly<
    Record<
      string,
      { readonly Type: string; readonly Properties?: Properties; readonly DeletionPolicy?: string | undefined }
    >
  >;
};

/** The value at a path of properties; undefined if there is none. */
export const valueAt = (value: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? (at as Properties)[key] : undefined),
    value,
  );

/** The list at a path of properties; empty if there is none. */
export function listAt(value: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const at = valueAt(value, ...path);
  return Array.isArray(at) ? at : [];
}

/** The properties of the resources of a type. */
export const resourcesOf = (templates: readonly DeclaredTemplate[], type: string): Properties[] =>
  templates.flatMap(({ Resources }) =>
    Object.values(Resources)
      .filter(({ Type }) => Type === type)
      .map(({ Properties = {} }) => Properties),
  );
