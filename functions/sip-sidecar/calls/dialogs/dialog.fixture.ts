import {
  dialogAt,
  stepDialog,
  type DialogCommand,
  type DialogEvent,
  type DialogScript,
  type DialogState,
} from './dialog.ts';

/** An event without its instant; `id` is that of the command whose end is awaited. */
type Said<Result> =
  | { readonly type: 'started' | 'hung_up' | 'played' | 'timer' }
  | { readonly type: 'digit'; readonly digit: string }
  | { readonly type: 'recorded'; readonly ok: boolean }
  | { readonly type: 'done'; readonly result: Result };

/** A call in a dialog, as its host would carry it: what it heard, and what was done. */
export class DialogCall<Place, Work, Result> {
  state: DialogState<Place>;
  readonly commands: DialogCommand<Work>[] = [];
  readonly #script: DialogScript<Place, Work, Result>;
  at = 0;

  constructor(script: DialogScript<Place, Work, Result>, begin: Place) {
    this.#script = script;
    this.state = dialogAt(begin);
  }

  /** @returns the commands that follow */
  take(said: Said<Result>): readonly DialogCommand<Work>[] {
    const id = said.type === 'timer' ? (this.state.timer?.id ?? 0) : this.state.awaits;
    const event = { ...said, id, at: this.at } as DialogEvent<Result>;
    const { state, commands } = stepDialog(this.#script, this.state, event);
    // It moves as JSON.
    this.state = JSON.parse(JSON.stringify(state)) as DialogState<Place>;
    this.commands.push(...commands);
    return commands;
  }

  /** The work that was asked for, in its order. */
  get works(): readonly Work[] {
    return this.commands.flatMap((command) =>
      command.type === 'work' || command.type === 'finish' ? [command.work] : [],
    );
  }

  get heard(): readonly string[] {
    return this.commands.flatMap((command) =>
      command.type === 'play'
        ? command.sounds.map((sound) =>
            'platform' in sound ? ('name' in sound ? sound.name : sound.platform) : 'sound',
          )
        : [],
    );
  }

  press(digits: string): void {
    for (const digit of digits) this.take({ type: 'digit', digit });
  }
}
