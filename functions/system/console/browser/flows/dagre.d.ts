/**
 * What the layout uses of dagre. Its own types import files without their extension, which only bundlers resolve, so
 * that everything of it is an error to the compiler.
 */
declare module '@dagrejs/dagre' {
  type Size = { readonly width: number; readonly height: number };

  class Graph {
    setGraph(options: { rankdir: 'LR' | 'TB'; nodesep: number; ranksep: number }): void;
    setDefaultEdgeLabel(label: () => object): void;
    setNode(name: string, size: Size): void;
    setEdge(from: string, to: string): void;
    /** With its middle, after the layout. */
    node(name: string): Size & { readonly x: number; readonly y: number };
  }

  export const graphlib: { readonly Graph: typeof Graph };

  /** Gives each node its place. */
  export function layout(graph: Graph): void;
}
