import {
  Background,
  Controls,
  Handle,
  Position as Side,
  ReactFlow,
  type Connection,
  type Edge,
  type Node,
  type NodeProps,
} from '@xyflow/react';
import { useMemo, useState } from 'react';
import { connected, exitsOf, placesOf, type Exit, type Flow, type Position } from './flow-draft.ts';
import { within, type FieldProblem } from '../kit/field-problems.ts';
import { titleOfType } from './step-fields.ts';
import classes from './graph.module.css';

/** The steps of a call flow as a graph. A way is changed by drawing it from its exit to another step. */

type StepNode = Node<
  { name: string; type: string; exits: readonly Exit[]; isStart: boolean; isWrong: boolean },
  'step'
>;

function StepBox({ data: { name, type, exits, isStart, isWrong } }: NodeProps<StepNode>) {
  return (
    <div className={classes['step']} data-wrong={isWrong}>
      <Handle type="target" position={Side.Left} />
      <strong>{name}</strong>
      <div>{titleOfType(type)}</div>
      {isStart && <div>The first step</div>}
      {isWrong && <div>To be corrected</div>}
      {exits.map((exit) => (
        <div key={exit.path.join('.')} className={classes['exit']}>
          {exit.label}
          <Handle type="source" id={exit.path.join('.')} position={Side.Right} className={classes['handle'] ?? ''} />
        </div>
      ))}
    </div>
  );
}

const nodeTypes = { step: StepBox };

type GraphProps = {
  readonly flow: Flow;
  /** Fields of the exits by the type of a step. */
  readonly fieldsOf: (type: string) => readonly string[];
  readonly selected: string | undefined;
  readonly problems: readonly FieldProblem[];
  readonly onSelect: (name: string) => void;
  readonly onChange: (next: Flow) => void;
};

const edgesOf = (name: string, exits: readonly Exit[]): Edge[] =>
  exits.flatMap(({ path, to }) =>
    to === undefined
      ? []
      : [{ id: `${name}.${path.join('.')}`, source: name, sourceHandle: path.join('.'), target: to }],
  );

export function Graph({ flow, fieldsOf, selected, problems, onSelect, onChange }: GraphProps) {
  const [moved, setMoved] = useState<Readonly<Record<string, Position>>>({});
  const wrongNames = within(problems, 'steps')
    .map(({ path: [name = ''] }) => name)
    .join(' ');
  const { nodes, edges } = useMemo(() => {
    const wrong = new Set(wrongNames.split(' '));
    const exitsIn = (name: string): readonly Exit[] => {
      const step = flow.steps[name];
      return step === undefined ? [] : exitsOf(step, fieldsOf(step.type));
    };
    const places = placesOf(flow, (step) => exitsOf(step, fieldsOf(step.type)).flatMap(({ to }) => to ?? []));
    const names = Object.keys(flow.steps);
    return {
      nodes: names.map((name): StepNode => {
        const type = flow.steps[name]?.type ?? '';
        return {
          ...{ id: name, type: 'step', selected: name === selected, ariaLabel: `Step ${name}, ${titleOfType(type)}` },
          data: { name, type, exits: exitsIn(name), isStart: flow.start === name, isWrong: wrong.has(name) },
          position: moved[name] ?? places[name] ?? { x: 0, y: 0 },
        };
      }),
      edges: names.flatMap((name) => edgesOf(name, exitsIn(name))),
    };
  }, [flow, fieldsOf, moved, selected, wrongNames]);
  const connect = ({ source, sourceHandle, target }: Connection): void => {
    const step = flow.steps[source];
    if (step === undefined) return;
    const exit = exitsOf(step, fieldsOf(step.type)).find(({ path }) => path.join('.') === sourceHandle);
    if (exit !== undefined) onChange(connected(flow, source, exit.path, target));
  };
  return (
    <div className={classes['graph']}>
      <ReactFlow<StepNode>
        aria-label="Steps of the call flow"
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        onNodeClick={(_event, { id }) => onSelect(id)}
        onNodesChange={(changes) => {
          for (const change of changes) {
            if (change.type === 'position' && change.position !== undefined) {
              const { id, position } = change;
              setMoved((all) => ({ ...all, [id]: position }));
            }
            if (change.type === 'select' && change.selected) onSelect(change.id);
          }
        }}
        onConnect={connect}
        deleteKeyCode={null}
        defaultEdgeOptions={{ focusable: false, selectable: false }}
        fitView
        fitViewOptions={{ maxZoom: 1 }}
      >
        <Background />
        <Controls showInteractive={false} />
      </ReactFlow>
    </div>
  );
}
