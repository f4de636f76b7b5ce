import type { Command } from 'commander'
import { z } from 'zod'
import type { Messages } from '../../messages/index.ts'
import { failUsage } from '../answer.ts'
import { describeCommands, isShell, renderCompletion } from '../completion.ts'
import { addCommand, type Launch } from '../define-command.ts'

/**
 * `rumi completion`
 *
 * @param loadGroups - Adds the commands that are not loaded yet.
 */
export function addCompletionCommand(
  program: Command,
  launch: Launch,
  { messages, loadGroups }: { readonly messages: Messages; readonly loadGroups: () => Promise<void> },
): void {
  const { help, usage } = messages
  addCommand(program, launch, {
    name: 'completion',
    summary: help.completion,
    arguments: [['<shell>', help.shell]],
    values: z.object({ shell: z.string() }),
    run: async (session, { shell }) => {
      if (!isShell(shell)) return failUsage(session, usage.shells(shell))
      await loadGroups()
      session.terminal.out(renderCompletion(shell, describeCommands(program)))
      return 0
    },
  })
}
