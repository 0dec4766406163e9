"""What integration, fault and demo tests are made of: topics, the deployed application, developers' runs, the supervisor, and the judgement at the end."""
