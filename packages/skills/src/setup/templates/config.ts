/**
 * `skills/config.yml` of a new home. Every key that is honoured is here with its default, and no other. The comments
 * arrive with their keys when an upgrade brings new ones.
 */
export const configTemplate = `# Settings of Kairos. Every key may be left out; the value written here is its default.
# If this file cannot be read, evolution is off and approval is required until it can.

# Whether proposals for L0 skills can be applied at all.
evolution_enabled: false

# How many proposals may be applied in one session (0 to 1000). The smaller of this and the limit of l0_governance holds.
max_evolutions_per_session: 3

# Whether a change of L0 needs the operator's approval. l0_governance can demand it even when this says false.
require_human_approval: true

# Skills that no proposal can change, besides those that l0_governance names. core_safety always belongs to them.
immutable_skills:
  - core_safety

# What agents are told at the start: developer, user, tutorial, none, or the name of a file skills/<mode>.md.
instructions_mode: tutorial

# Whether the behavior of a skill may run. It runs only in the sandbox, with a read-only view.
skill_behavior_enabled: false

# State commits: manifests over every byte of every layer.
state_commit:
  # Whether commits are made without being asked for; false turns off all that follows.
  enabled: true
  # Commits that the system makes by itself.
  auto_commit:
    enabled: true
    # Whether a commit without any change is left out.
    skip_if_no_changes: true
    # Events after which one is made.
    on_events:
      l0_change: true
      promotion: true
      demotion: true
      session_end: true
    # Numbers of changes since the last commit after which one is made.
    change_threshold:
      enabled: true
      # Changes in L1 (1 to 1000000).
      l1_changes: 5
      # Changes in all layers together (1 to 1000000).
      total_changes: 10
`
