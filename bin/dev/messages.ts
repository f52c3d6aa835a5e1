/** From the watching process to the cloud: bundles that take the place of running ones. */
export type Replacement = {
  readonly kind: 'replace';
  readonly bundles: readonly {
    readonly name: string;
    readonly runtime: 'lambda' | 'container';
    readonly folder: string;
  }[];
};

/** From the cloud: it is ready. `bundles` and `assembly` are the folders that it runs. */
export type Started = {
  readonly kind: 'started';
  readonly bundles: string;
  readonly assembly: string;
  readonly port: number;
  readonly sipPort: number;
};

/** From the cloud: the answer to a replacement, with a sentence if it failed. */
export type Replaced = { readonly kind: 'replaced'; readonly problem?: string };
