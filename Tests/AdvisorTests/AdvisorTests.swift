// Tests of Advisor.
