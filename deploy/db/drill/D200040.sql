-- One tenant counts silence sooner; the other goes by the defaults.
UPDATE reference.tenants SET journey_rules = '{"silence_days_min": 10, "score_high": 0.65}'
 WHERE tenant_id = '0d000000-0000-7000-8000-00000000000a';
