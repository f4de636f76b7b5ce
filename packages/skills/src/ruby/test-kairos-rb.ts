/** A whole file of rules in the older Ruby form, for tests: eight skills, two of them with a definition. (design §L0) */
export const kairosRb = `# frozen_string_literal: true

# The rules of this system. They change only in the way that they describe themselves.

skill :l0_governance do
  version "1.0"
  title "Governance of the first layer"
  use_when "Somebody wants to change a rule or asks which rules there are"

  guarantees do
    self_referential
    human_oversight
  end

  evolve do
    allow :content
    deny :behavior, :guarantees
  end

  content <<~MD
    ## Governance

    The list of rules is itself a rule. A rule that is not on the list below is not part of the first layer.
    Whether a change is lawful follows from this file alone.
  MD

  behavior do
    {
      allowed_skills: [
        :l0_governance,
        :core_safety,
        :evolution_rules,
        :layer_awareness,
        :approval_workflow,
        :self_inspection,
        :chain_awareness,
        :audit_rules
      ],
      immutable_skills: [:core_safety],
      require_human_approval: true,
      blockchain_mode: :full,
      purity_requirements: {
        all_criteria_in_l0: true,
        no_external_justification: true,
        mechanical_verification_preferred: true
      }
    }
  end
end

skill :core_safety do
  version "1.1"
  title "Safety at the core"
  use_when "Before anything that changes a rule"

  guarantees do
    immutable
    always_enforced
  end

  evolve do
    deny :all
  end

  content <<~MD
    ## What always holds

    1. Explicit enablement: evolution is off until a person turns it on.
    2. Human approval: a person agrees to each change of the first layer.
    3. Blockchain recording: each change leaves a record that stays.
    4. Immutability: this skill is the one that does not change.
  MD

  definition do
    constraint :explicit_enablement,
      required: true,
      condition: "evolution_enabled == true",
      timing: :before_any_evolution
    constraint :human_approval, required: true, scope: :l0_changes, approver: :human
    constraint :blockchain_recording,
      required: true,
      fields: %i[skill_id prev_ast_hash next_ast_hash timestamp reason_ref]
    constraint :immutability, target: :core_safety, condition: "evolve deny :all"
  end

  formalization_notes <<~NOTES
    All four sentences are invariants, so each became a constraint. Nothing was left to judgment.
  NOTES
end

skill :evolution_rules do
  version "1.0"
  title "How rules change"
  use_when "A change of a rule is proposed"
  requires :core_safety

  guarantees do
    governed_evolution
  end

  evolve do
    allow :content, :definition, :formalization_notes
    deny :guarantees, :evolve, :behavior
  end

  content <<~MD
    ## Evolution

    A change needs evolution to be enabled and the session limit not to be reached.
    A skill that is not immutable changes only in the fields that its evolve rules permit.
    The evolution workflow is: propose, review, apply, record, reload. A review needs judgment.
  MD

  definition do
    constraint :evolution_enabled, required: true, config_key: "evolution_enabled", value: true
    constraint :session_limit, condition: "evolution_count < max_evolutions_per_session"
    constraint :not_immutable, condition: "skill not in immutable_skills"
    check :evolve_rules_permit, condition: "skill.can_evolve?(field)"
    plan :evolution_workflow, steps: [:propose, :review, :apply, :record, :reload]
    node :review_judgment,
      type: :SemanticReasoning,
      prompt: "Does this change keep what the rule is for?",
      source_span: "A review needs judgment."
  end

  formalization_notes "The limits are mechanical; whether a change is wise is not."

  behavior do
    Kairos.config.slice("evolution_enabled", "max_evolutions_per_session")
  end
end

skill :layer_awareness do
  version "1.0"
  title "Knowing the layers"

  evolve do
    allow :content
    deny :behavior
  end

  content <<~MD
    ## Layer Structure

    | Layer | Holds | Changes |
    |---|---|---|
    | L0 | rules | with a person's approval |
    | L1 | knowledge | recorded by digest |
    | L2 | context | freely |
  MD

  behavior do
    KairosMcp::LayerRegistry.summary
  end
end

skill :approval_workflow do
  version "1.1"
  title "How approval is given"
  requires :l0_governance

  evolve do
    allow :content
    deny :behavior
  end

  content <<~'MD'
    ## Approval

    First the checks that need nobody, then the questions for a person. A regular expression such as \\d+ stays as it is.
  MD

  behavior do
    {
      auto_check: lambda do |skill_id, text|
        [{ item: "a reason is given", passed: !text.to_s.empty?, subject: skill_id }]
      end
    }
  end
end

skill :self_inspection do
  version "1.1"
  title "Looking at oneself"

  evolve do
    allow :content
    deny :behavior
  end

  content "Each skill can be listed with its version and with what may change in it.\\n"

  behavior do
    Kairos.skills.map { |skill| { id: skill.id, version: skill.version, open: skill.can_evolve?(:content) } }
  end
end

skill :chain_awareness do
  version "1.1"
  title "Knowing the record"
  depends_on [:self_inspection]

  evolve do
    allow :content
    deny :behavior
  end

  content <<~MD
    ## The record

    Each change is a block, and each block names the one before it.
  MD

  behavior do
    chain = KairosMcp::KairosChain::Chain.new
    { length: chain.chain.length, valid: chain.valid? }
  end
end

skill :audit_rules do
  version "1.0"
  title "Looking after knowledge"
  inputs :documents, :today

  evolve do
    allow :content
    deny :behavior, :guarantees
  end

  content <<~MD
    ## Audit

    Looking is free. Moving a document to the archive, or back, needs a person's approval.
  MD

  behavior do
    {
      require_approval: %i[archive unarchive bulk_cleanup],
      automatic: %i[check conflicts stale dangerous recommend],
      thresholds: { l1_stale_days: 180, l2_stale_days: 14 },
      assembly_defaults: { mode: "oneshot", facilitator: "kairos", max_rounds: 3, consensus_threshold: 0.6 }
    }
  end
end
`
